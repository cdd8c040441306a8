// The look of the HTML report: one column, light and dark by the reader's setting, nothing loaded from elsewhere.

export const htmlStyle = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1c2430;--soft:#566173;--line:#d7dde5;--block:#f4f6f9;--conflict:#b3261e;--possible:#8a5200;--unknown:#505c6b;--proved:#1e6b2f}
@media(prefers-color-scheme:dark){:root{--paper:#141a22;--ink:#e6ebf2;--soft:#a9b4c2;--line:#303b49;--block:#1c2531;--conflict:#ff8a80;--possible:#ffc46b;--unknown:#b6c0cd;--proved:#86d694}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main,header{max-width:1060px;margin:0 auto;padding:0 24px}
h1{font-size:26px;margin:28px 0 4px}h2{font-size:19px;margin:36px 0 10px}h3{font-size:16px;margin:0 0 6px}
p{margin:6px 0}.soft{color:var(--soft)}
.sums{display:flex;flex-wrap:wrap;gap:12px;margin:16px 0;padding:0;list-style:none}
.sums li{background:var(--block);border:1px solid var(--line);border-radius:6px;padding:8px 16px;min-width:120px}
.sums b{display:block;font-size:24px;font-variant-numeric:tabular-nums}
.conflict-ink{color:var(--conflict)}.possible-ink{color:var(--possible)}.unknown-ink{color:var(--unknown)}.proved-ink{color:var(--proved)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:4px 14px 4px 0;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-weight:600}td.number,th.number{text-align:right}
article{border:1px solid var(--line);border-left-width:5px;border-radius:6px;padding:14px 18px;margin:14px 0}
article.conflict{border-left-color:var(--conflict)}article.possible{border-left-color:var(--possible)}article.unknown{border-left-color:var(--unknown)}article.proved{border-left-color:var(--proved)}
article:target{outline:3px solid var(--possible)}
code,pre,.mono{font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
pre{background:var(--block);border-radius:4px;padding:8px 10px;overflow-x:auto;margin:6px 0}
code{overflow-wrap:anywhere}
.picture,.wide{overflow-x:auto}.picture svg{max-width:100%;height:auto}
a{color:inherit}
details{margin:8px 0}summary{cursor:pointer}
@media print{article{break-inside:avoid}}
`
