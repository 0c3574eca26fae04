/** Little SVG for charts that are read in light and in dark: colours are classes, which follow the reader's preference. */

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 15px }
  .quiet { fill: #59636e; font-size: 12px }
  .end { text-anchor: end } .middle { text-anchor: middle }
  .paper { fill: #ffffff } .grid { stroke: #d1d9e0 } .goal { stroke: #1f2328; stroke-dasharray: 4 3 }
  .good { fill: #2f81c7 } .bad { fill: #d1663a } .whisker { stroke: #1f2328 }
  .line { fill: none; stroke: #2f81c7; stroke-width: 2 } .dot { fill: #2f81c7 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .quiet { fill: #9198a1 } .paper { fill: #0d1117 } .grid { stroke: #30363d }
    .goal, .whisker { stroke: #e6edf3 } .good { fill: #4493f8 } .bad { fill: #f0883e }
    .line { stroke: #4493f8 } .dot { fill: #4493f8 }
  }`;

const escape = (value) =>
  String(value).replace(
    /[&<>"]/g,
    (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign],
  );

/** Numbers to a tenth of a pixel. */
function element(name, attributes, content) {
  const written = Object.entries(attributes)
    .map(
      ([key, value]) =>
        ` ${key}="${typeof value === 'number' ? Math.round(value * 10) / 10 : escape(value)}"`,
    )
    .join('');
  return content === undefined ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`;
}

export const text = (x, y, value, style = '') => element('text', { x, y, class: style }, escape(value));
export const line = (x1, y1, x2, y2, style) => element('line', { x1, y1, x2, y2, class: style });
export const rect = (x, y, width, height, style) => element('rect', { x, y, width, height, class: style });
export const circle = (cx, cy, style) => element('circle', { cx, cy, r: 3.5, class: style });

export const path = (points, style) =>
  element('polyline', {
    points: points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' '),
    class: style,
  });

/** @param {string} title said to those who do not see it */
export function svg(width, height, title, parts) {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    element('title', {}, escape(title)),
    `<style>${STYLE}\n</style>`,
    element('rect', { width, height, rx: 8, class: 'paper' }),
    ...parts,
    '</svg>\n',
  ].join('\n');
}
