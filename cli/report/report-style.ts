/** The report's looks: readable on a light and on a dark screen, and on paper. */
export const STYLE = `
:root{color-scheme:light dark;--ink:#1c2430;--faint:#667085;--line:#dfe3ea;--page:#fff;--panel:#f7f8fa;--accent:#4f63c6;--good:#2c7a4b;--bad:#b3372f;--goodbg:#e6f4ea;--badbg:#fdeceb}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ef;--faint:#98a2b3;--line:#343b48;--page:#14181f;--panel:#1b212b;--accent:#93a3f3;--good:#6fce96;--bad:#f08a82;--goodbg:#173024;--badbg:#3a1d1b}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
header,main{max-width:1080px;margin:0 auto;padding:0 24px}
header{padding-top:36px}
h1{margin:0;font-size:28px;display:flex;gap:14px;align-items:center}
h2{font-size:19px;margin:36px 0 12px}
h4{margin:10px 0 4px;font-size:13px;color:var(--faint);font-weight:600}
.id{margin:4px 0 16px;color:var(--faint);font-family:ui-monospace,monospace}
.status{font-size:13px;font-weight:600;padding:3px 12px;border-radius:99px;background:var(--panel);border:1px solid var(--line)}
.status.completed{color:var(--good);background:var(--goodbg);border-color:transparent}
.status.failed,.status.dead{color:var(--bad);background:var(--badbg);border-color:transparent}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:0}
.facts div{background:var(--panel);border:1px solid var(--line);border-radius:10px;padding:10px 14px}
dt{font-size:12px;color:var(--faint)}
dd{margin:0;font-weight:600;overflow-wrap:anywhere}
nav{display:flex;flex-wrap:wrap;gap:18px;align-items:center;margin-top:18px;border-bottom:1px solid var(--line);padding-bottom:12px}
nav a{color:var(--accent);text-decoration:none}
nav a:hover{text-decoration:underline}
button{margin-left:auto;font:inherit;color:var(--ink);background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:4px 14px;cursor:pointer}
.columns{display:flex;gap:32px;align-items:flex-start;flex-wrap:wrap}
.grow{flex:1 1 520px;min-width:0}
.graph{margin:0;flex:0 1 300px;background:#fff;border:1px solid var(--line);border-radius:10px;padding:8px}
.graph svg{max-width:100%;height:auto}
.timeline{width:100%;height:auto}
.timeline .label{font-size:12.5px;fill:var(--ink)}
.timeline .time{font-size:11.5px;fill:var(--faint)}
.bar{fill:var(--accent)}
.bar.failed{fill:var(--bad)}
details{border:1px solid var(--line);border-radius:10px;margin:8px 0;background:var(--panel)}
summary{padding:9px 14px;cursor:pointer;display:flex;gap:12px;align-items:baseline;list-style-position:inside}
summary b{flex:none}
.short{color:var(--faint);white-space:nowrap;overflow:hidden;text-overflow:ellipsis;min-width:0}
details>pre,details>.why,.change{margin:0 14px 12px}
pre{background:var(--page);border:1px solid var(--line);border-radius:8px;padding:10px 12px;white-space:pre-wrap;overflow-wrap:anywhere;font:13px/1.5 ui-monospace,monospace;max-height:420px;overflow:auto;margin:4px 0}
.before{border-left:4px solid var(--bad)}
.after{border-left:4px solid var(--good)}
.error pre{border-left:4px solid var(--bad)}
.node p{margin:6px 0}
.value{color:var(--faint);overflow-wrap:anywhere}
.below{border-left:2px solid var(--line);margin-left:6px;padding-left:16px}
.used{margin:2px 0 6px;padding-left:20px;color:var(--faint);font-size:13.5px}
.mark{font-size:11.5px;padding:1px 8px;border-radius:99px;border:1px solid var(--line)}
.mark.exact{color:var(--good)}
code{font:13px ui-monospace,monospace;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:6px 10px 6px 0;border-bottom:1px solid var(--line)}
main{padding-bottom:64px}
@media print{nav,button{display:none}pre{max-height:none}}
`;
