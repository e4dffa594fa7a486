import pg from 'pg';
const t = {};
const orig = pg.Client.prototype.query;
pg.Client.prototype.query = function (q, ...rest) {
  const name =
    typeof q === 'object' ? (q.name ?? String(q.text).slice(0, 40)) : String(q).slice(0, 40);
  const s = performance.now();
  const r = orig.call(this, q, ...rest);
  if (r && r.then)
    r.then(
      () => {
        const e = (t[name] ??= [0, 0]);
        e[0]++;
        e[1] += performance.now() - s;
      },
      () => {},
    );
  return r;
};
process.on('exit', () => {
  for (const [k, [n, ms]] of Object.entries(t)
    .sort((a, b) => b[1][1] - a[1][1])
    .slice(0, 14))
    process.stderr.write(
      `${k.replace(/\s+/g, ' ')}: ${n} calls ${ms.toFixed(0)} ms, ${(ms / n).toFixed(2)} each\n`,
    );
});
