"""Adaptateurs : un module par fournisseur de données, qui rend les lignes de nos tables."""
