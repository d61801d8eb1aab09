import { STYLE } from "@qsc/report/live";

/** The style of a report, and what only a page that changes needs. */
export const PAGE_STYLE = `${STYLE}progress{display:block;width:100%;height:1.2rem;accent-color:var(--mark)}
.notice{border-left:.25rem solid;padding:.1rem .6rem;margin:.4rem 0}
#link{font-weight:600}
.skip{position:absolute;left:-100rem}.skip:focus{position:static}
a{color:var(--mark)}
a:focus-visible,button:focus-visible{outline:3px solid var(--mark)}
button{font:inherit;color:var(--ink);background:var(--soft);border:1px solid var(--quiet);border-radius:.25rem;padding:.3rem .8rem;margin:.5rem 0}
nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;list-style:none;padding:0}
td ul{padding:0;list-style:none}
.old #link{color:var(--bad)}.old .word{text-decoration:line-through}
`;
