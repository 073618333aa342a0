"""Les classeurs que l'on échange avec les producteurs de données, et le dossier d'une cité nouvelle."""
