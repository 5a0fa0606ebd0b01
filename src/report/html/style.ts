/**
 * The page's style sheet. One accent, three meanings (certified, open, rejected), each also a sign and a word.
 * Text colours keep a contrast of at least 4.5 to 1 on their background in both schemes (WCAG 2.2, 1.4.3).
 */
const COLORS_LIGHT = `--paper:#ffffff;--ink:#16191f;--muted:#555e6b;--line:#e6e8ec;--line-strong:#b9bfc9;--panel:#f6f7f9;
--accent:#2f52c4;--total:#7b8494;--ok:#17703f;--ok-soft:#d9efe2;--wait:#8a5a00;--wait-soft:#fbeed3;--bad:#b3261e;--bad-soft:#fbe1de;
--application:#2f52c4;--serving:#a12d78;--infrastructure:#0b6e69;`;

const COLORS_DARK = `--paper:#13161b;--ink:#e9ebef;--muted:#a3abb8;--line:#2a2f38;--line-strong:#4c5462;--panel:#1b1f26;
--accent:#8aa6ff;--total:#8a93a3;--ok:#6fd19b;--ok-soft:#173626;--wait:#e7b75a;--wait-soft:#3a2d10;--bad:#ff9a90;--bad-soft:#43201d;
--application:#8aa6ff;--serving:#f08cc8;--infrastructure:#5ccfc4;`;

export const STYLE = `
:root{color-scheme:light dark;${COLORS_LIGHT}}
@media (prefers-color-scheme:dark){:root{${COLORS_DARK}}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
main,footer{max-width:74rem;margin:0 auto;padding:0 1.25rem}
h1,h2,h3,p,dl,dd,ul,ol,figure{margin:0}
h1{font-size:clamp(1.2rem,1.05rem + .7vw,1.6rem);line-height:1.3;font-weight:600;letter-spacing:-.012em;max-width:46ch;text-wrap:balance}
h2{font-size:1.2rem;line-height:1.3;font-weight:650;letter-spacing:-.008em}
h3{font-size:1rem;line-height:1.35;font-weight:650}
small,.note,.axis{font-size:.875rem;color:var(--muted)}
data,.n,.value{font-variant-numeric:tabular-nums}
code{font:.875em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.unknown{color:var(--muted)}
.banner{background:var(--wait-soft);color:var(--wait);border-bottom:1px solid var(--wait);padding:.6rem 1.25rem;text-align:center;font-size:.9375rem}
.verdict{padding:2.25rem 0 2.5rem}
.over{display:flex;flex-wrap:wrap;gap:.15rem 1.1rem;color:var(--muted);font-size:.875rem;margin-bottom:1.75rem}
.over>span:first-child{color:var(--ink);font-weight:600}
.verdict h1{margin:1.1rem 0 .5rem}
.detail{color:var(--muted);max-width:66ch}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(14rem,100%),1fr));gap:1.5rem 2.5rem;margin-top:1.75rem;padding-top:1.25rem;border-top:1px solid var(--line-strong)}
.facts dt,.hero dt{font-size:.9375rem;color:var(--muted)}
.facts .value{font-size:1.6rem;line-height:1.25;font-weight:600;letter-spacing:-.01em}
.hero{margin-top:1rem}.hero .value{font-size:clamp(2.6rem,2rem + 3.4vw,4.4rem);line-height:1.05;font-weight:680;letter-spacing:-.035em;color:var(--accent);white-space:nowrap}
.open{margin-top:2rem;padding:1.1rem 1.25rem;background:var(--panel);border-radius:6px}
.open h2{font-size:1rem;margin-bottom:.5rem}
.open ul{list-style:none;padding:0;display:grid;gap:.6rem}
.open li{display:grid;grid-template-columns:8.5rem minmax(0,1fr);gap:.15rem 1rem;align-items:start}
section{display:grid;grid-template-columns:minmax(0,14rem) minmax(0,1fr);gap:1rem 2.75rem;padding:2.5rem 0;border-top:1px solid var(--line)}
.lead{position:sticky;top:1.5rem;align-self:start}
.lead p{margin-top:.5rem;font-size:.9375rem;color:var(--muted)}
.body{display:grid;gap:1.75rem;min-width:0;align-content:start}
.body>h3{margin-bottom:-1rem}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(18rem,100%),1fr));gap:2.25rem 2.5rem;align-items:start}
figcaption{font-size:.9375rem;color:var(--muted);margin-bottom:.75rem}
figcaption strong{color:var(--ink);font-weight:650;display:block}
.chart svg{display:block;width:100%;height:auto;overflow:visible}
.grid .chart{max-width:25rem}
.chart.narrow{display:none}
.badge{display:inline-block;padding:.08rem .6rem .12rem;border-radius:1rem;font-size:.8125rem;font-weight:600;white-space:nowrap;justify-self:start;background:var(--panel);color:var(--muted)}
.badge.ok{background:var(--ok-soft);color:var(--ok)}
.badge.wait{background:var(--wait-soft);color:var(--wait)}
.badge.bad{background:var(--bad-soft);color:var(--bad)}
.certificate h3{color:var(--ink);margin:.5rem 0 .2rem}
.certificate .axis{margin-top:.5rem}
.part{display:grid;gap:.75rem;min-width:0}
.swatch{display:inline-block;width:.7em;height:.7em;border-radius:2px;margin-right:.4em}
.swatch.application{background:var(--application)}.swatch.serving{background:var(--serving)}.swatch.infrastructure{background:var(--infrastructure)}
.pairs{font-size:.875rem;margin-top:.75rem;border-top:1px solid var(--line)}
.pairs div{display:grid;grid-template-columns:6.5rem minmax(0,1fr);gap:1rem;padding:.3rem 0;border-bottom:1px solid var(--line)}
.pairs dt{color:var(--muted)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9375rem;overflow-wrap:normal}
th,td{text-align:left;padding:.45rem 1.4rem .45rem 0;vertical-align:top;border-bottom:1px solid var(--line)}
th:last-child,td:last-child{padding-right:0}
th{font-size:.8125rem;font-weight:600;color:var(--muted);border-bottom-color:var(--line-strong)}
.n{text-align:right;white-space:nowrap}
th.n{white-space:normal;vertical-align:bottom}
td:first-child{min-width:10rem;overflow-wrap:anywhere}
td small{display:inline-block;max-width:60ch}
td .badge{margin-bottom:.2rem}
details{margin-top:.6rem;font-size:.9375rem}
summary{cursor:pointer;color:var(--accent);font-size:.875rem;width:max-content}
summary:focus-visible,.scroll:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
details .scroll{max-height:22rem;overflow:auto;margin-top:.4rem}
.notice{border-left:3px solid var(--wait);padding-left:1rem}
.notice p{font-size:.9375rem;color:var(--muted);margin-bottom:.4rem}
ol,ul{padding-left:1.3rem;display:grid;gap:.5rem}
ul.plain{list-style:none;padding:0}
.basis{display:inline-block;font-size:.8125rem;color:var(--muted);border:1px solid var(--line-strong);border-radius:4px;padding:0 .4rem;margin-left:.25rem}
footer{padding-top:1.5rem;padding-bottom:3rem;border-top:1px solid var(--line);font-size:.875rem;color:var(--muted)}
@media (max-width:60rem){section{grid-template-columns:minmax(0,1fr)}.lead{position:static}.lead p{max-width:66ch}}
@media (max-width:36rem){.chart.wide{display:none}.chart.narrow{display:block}.open li{grid-template-columns:minmax(0,1fr)}.verdict{padding-top:1.5rem}section{padding:2rem 0}
td:first-child{min-width:7rem}th,td{padding-right:.8rem}
.stack thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.stack tbody,.stack{display:block}.stack tr{display:grid;grid-template-columns:repeat(auto-fit,minmax(5.75rem,1fr));border-bottom:1px solid var(--line);padding:.4rem 0}
.stack td{border:0;padding:.2rem 0;text-align:left;white-space:normal}.stack td:first-child{grid-column:1/-1}
.stack td[data-label]::before{content:attr(data-label);display:block;font-size:.8125rem;color:var(--muted)}}
@media print{:root{color-scheme:light;${COLORS_LIGHT}}body{font-size:10pt}.lead{position:static}section{display:block}.lead,h2,h3,figcaption{break-after:avoid}.lead{margin-bottom:1rem}figure,.lead,.open,.facts,tr{break-inside:avoid}details:not([open]){display:none}.scroll{overflow:visible}main,footer{max-width:none;padding:0}}
`;
