// node eprouver.mjs PAGE.html… : axe-core, clavier, débordement et validité HTML de chaque page ; voir docs/accessibilite.md
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const REGLES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const ESPACEMENT = "*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}p{margin-bottom:2em!important}";
const ici = path.dirname(new URL(import.meta.url).pathname);
const axe = readFileSync(path.join(ici, "node_modules/axe-core/axe.min.js"), "utf8");
const pages = process.argv.slice(2);
const defauts = [];

const chemin = process.env.CHROMIUM || "/usr/bin/chromium";
const navigateur = await chromium.launch({ executablePath: chemin, args: ["--no-sandbox", "--disable-gpu"] });
for (const fichier of pages) {
  const nom = path.basename(fichier);
  for (const mode of ["light", "dark"]) {
    for (const largeur of [1280, 320]) {
      const contexte = await navigateur.newContext({ bypassCSP: true, colorScheme: mode, viewport: { width: largeur, height: 900 } });
      await contexte.route(/^(https?|wss?):/, (requete) => {
        defauts.push(`${nom} : requête vers ${requete.request().url()}`);
        requete.abort();
      });
      const page = await contexte.newPage();
      await page.goto(pathToFileURL(path.resolve(fichier)).href);
      await page.evaluate(axe);
      for (const ouverts of [false, true]) {
        const ou = `${nom}, ${mode}, ${largeur} px, plis ${ouverts ? "ouverts" : "fermés"}`;
        await page.evaluate((o) => document.querySelectorAll("details").forEach((pli) => (pli.open = o)), ouverts);
        const violations = await page.evaluate(async (values) => {
          const { violations } = await axe.run(document, { runOnly: { type: "tag", values } });
          return violations.map((v) => `${v.id} × ${v.nodes.length}, par exemple ${v.nodes[0].html.slice(0, 120)}`);
        }, REGLES);
        defauts.push(...violations.map((violation) => `${ou} : ${violation}`));
        for (const style of ["", ESPACEMENT]) {
          const deborde = await page.evaluate((css) => {
            const feuille = document.head.appendChild(Object.assign(document.createElement("style"), { textContent: css }));
            const large = document.documentElement.scrollWidth > innerWidth;
            feuille.remove();
            return large;
          }, style);
          if (deborde) defauts.push(`${ou} : la page défile de côté${style ? ", texte espacé" : ""}`);
        }
      }
      if (mode === "light" && largeur === 1280) defauts.push(...(await clavier(page)).map((d) => `${nom}, clavier : ${d}`));
      await contexte.close();
    }
  }
}
await navigateur.close();

async function clavier(page) {
  const trouves = [];
  await page.reload();
  await page.keyboard.press("Tab");
  const premier = await page.evaluate(() => document.activeElement.textContent);
  if (premier !== "Aller au contenu") trouves.push(`la première tabulation atteint « ${premier} »`);
  await page.keyboard.press("Enter");
  if ((await page.evaluate(() => document.activeElement.id)) !== "contenu") trouves.push("« Aller au contenu » n'y va pas");
  for (const lien of await page.locator("#sommaire a").all()) {
    await lien.press("Enter");
    const vu = await lien.evaluate((a) => {
      const haut = document.getElementById(a.hash.slice(1)).getBoundingClientRect().top;
      return haut >= 0 && haut < innerHeight;
    });
    if (!vu) trouves.push(`le sommaire n'amène pas à « ${await lien.textContent()} »`);
  }
  for (const titre of await page.locator("summary").all()) {
    const visible = await titre.evaluate((s) => !s.parentElement.parentElement.closest("details:not([open])"));
    if (!visible) continue;
    await titre.press("Enter");
    if (!(await titre.evaluate((s) => s.parentElement.open))) trouves.push(`ne s'ouvre pas : « ${await titre.textContent()} »`);
  }
  return trouves;
}

const validateur = path.join(ici, "node_modules/vnu-jar/build/dist/vnu.jar");
try {
  execFileSync("java", ["-version"], { stdio: "ignore" });
  const options = ["-jar", validateur, "--errors-only", "--stdout", "--exit-zero-always", ...pages];
  defauts.push(...execFileSync("java", options, { encoding: "utf8", maxBuffer: 1e8 }).split("\n").filter(Boolean));
} catch {
  defauts.push(`Validité HTML non vérifiée : il faut java${existsSync(validateur) ? "" : " et vnu-jar"}.`);
}
for (const defaut of defauts) console.log(defaut);
console.log(`${pages.length} pages, ${defauts.length} défauts`);
process.exitCode = defauts.length ? 1 : 0;
