/** How a report looks: light and dark, on a phone, and printed. No rule is in the page besides these. */
export const STYLE = `:root{color-scheme:light dark;--ink:#1d2228;--quiet:#545d68;--paper:#fff;--line:#d5dae0;--soft:#f3f5f7;--good:#0b6b3a;--bad:#b3161d;--unknown:#7a5200;--mark:#3a6ea5;--pale:#b9cde3}
@media (prefers-color-scheme:dark){:root{--ink:#e8ecf0;--quiet:#a9b3bd;--paper:#14181c;--line:#394149;--soft:#1e242a;--good:#6fd39b;--bad:#ff8d8a;--unknown:#ecc261;--mark:#7fb2e6;--pale:#33506d}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:68rem;padding:1rem;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);overflow-wrap:anywhere}
header{border-left:.5rem solid;padding:.25rem 1rem;margin-bottom:1rem}
h1{font-size:1.25rem;margin:0;color:var(--ink)}
h2{font-size:1.1rem;margin:1.5rem 0 .5rem}
.word{font-size:2rem;font-weight:700;margin:0}
.good{color:var(--good)}.bad{color:var(--bad)}.unknown{color:var(--unknown)}
.note{color:var(--quiet);margin:0 0 .5rem}
dl{display:grid;grid-template-columns:minmax(5rem,max-content) 1fr;gap:.1rem 1rem;margin:1rem 0}
dt{color:var(--quiet)}dd{margin:0}
ul{margin:0;padding-left:1.25rem}li{margin:.2rem 0}
.wide{overflow-x:auto}
.wide:focus-visible,summary:focus-visible{outline:3px solid var(--mark)}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.25rem .6rem .25rem 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:normal}
th{color:var(--quiet);font-weight:600}
tbody th{color:var(--ink);font-weight:400}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.plot{width:45%;min-width:8rem}
svg{display:block;width:100%;height:1.4rem;background:var(--soft)}
.tall svg{height:3.2rem}
.bar{fill:var(--mark)}.thin{fill:var(--pale)}.over{fill:var(--bad)}.former{fill:var(--quiet)}
.curve{fill:none;stroke:var(--mark);stroke-width:2;vector-effect:non-scaling-stroke}
.limit{stroke:var(--bad);stroke-width:2;stroke-dasharray:4 2;vector-effect:non-scaling-stroke}
.tick{stroke:var(--ink);stroke-width:2;vector-effect:non-scaling-stroke}
details{margin:.3rem 0}summary{cursor:pointer}
footer{margin-top:2rem;color:var(--quiet)}
@media (max-width:40rem){body{padding:.6rem}.plot{min-width:6rem}th,td{padding-right:.4rem}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.4rem}}
@media print{body{max-width:none;padding:0;font-size:10pt}section{break-inside:avoid}.wide{overflow:visible}svg,header{print-color-adjust:exact}}
`;

/** The hash of the style, by which the page's policy permits it and nothing else. */
export const STYLE_HASH = "sha256-x+5nJmDxd1QT7I8Ii0LCH6NMfKnKO1ivGiXILBc60NA=";
