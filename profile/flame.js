'use strict';
(() => {
const data = JSON.parse(document.getElementById('data').textContent);
const graph = document.getElementById('graph');
const byId = (id) => document.getElementById(id);
const rowHeight = 18;
const leastWidth = 0.4; // pixels: what is narrower is not drawn

// The tree, from its flat form: a frame stands before those that it called.
let at = 0;
const deepest = {value: 0};
function read(parent, depth) {
  const node = {name: data.nodes[at++], value: data.nodes[at++], before: data.base ? data.nodes[at++] : 0, parent, depth, children: []};
  deepest.value = Math.max(deepest.value, depth);
  for (let left = data.nodes[at++]; left > 0; left--) node.children.push(read(node, depth + 1));
  return node;
}
const root = read(null, 0);

// What is shown: the frame that is zoomed in on, the widths' side, the expression that is searched for.
let zoomed = root;
let focused = root;
let asBefore = false;
let expression = null;
const size = (node) => (asBefore ? node.before : node.value);
const share = (value, total) => (total ? value / total : 0);

function amount(value) {
  const scaled = (v, names, step) => {
    let i = 0;
    while (Math.abs(v) >= step && i < names.length - 1) { v /= step; i++; }
    return (Math.abs(v) >= 100 || v === Math.round(v) ? Math.round(v) : v.toPrecision(3)) + ' ' + names[i];
  };
  if (data.unit === 'bytes') return scaled(value, ['B', 'KiB', 'MiB', 'GiB', 'TiB'], 1024);
  if (data.unit === 'nanoseconds') return scaled(value, ['ns', 'µs', 'ms', 's'], 1000);
  return value.toLocaleString('en') + (data.unit === 'count' || !data.unit ? '' : ' ' + data.unit);
}
const percent = (part) => (part > 0 && part < 0.00005 ? Number((100 * part).toPrecision(1)) : (100 * part).toFixed(part < 0.0995 ? 2 : 1)) + '%';

// A function's name without the path of its package, which its description has. Labels are nobody's code and stay whole.
function short(node) {
  const name = data.names[node.name];
  if (data.owners[data.owner[node.name]] === '') return name;
  const end = name.search(/[[(<{]/);
  return name.slice(name.lastIndexOf('/', end < 0 ? name.length : end) + 1);
}

function describe(node) {
  let text = data.names[node.name];
  if (data.places[node.name]) text += ' (' + data.places[node.name] + ')';
  text += ': ' + amount(node.value) + ', ' + percent(share(node.value, data.total));
  if (data.base) {
    text += '; before ' + amount(node.before) + ', ' + percent(share(node.before, data.base));
  } else if (node.children.length) {
    text += '; itself ' + amount(node.children.reduce((left, child) => left - child.value, node.value));
  }
  return text;
}

// Points of a share, with a sign.
function points(change) {
  const text = (100 * Math.abs(change)).toFixed(Math.abs(change) < 0.0995 ? 2 : 1);
  return Number(text) === 0 ? '0' : (change > 0 ? '+' : '−') + text;
}

// Colours: by owner, or by what grew and shrank.
const hues = [28, 210, 140, 270, 55, 330, 180, 95, 0, 300, 240, 165];
const ownerColor = (owner, shade = 0) => (data.owners[owner] === '' ? 'hsl(0 0% 82%)' : `hsl(${hues[owner % hues.length]} 70% ${74 + shade}%)`);
// Neighbours of one owner are told apart by a shade that hangs on the name, the same wherever it stands.
const shades = data.names.map((name) => {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = (hash * 31 + name.charCodeAt(i)) | 0;
  return (Math.abs(hash) % 5) * 3 - 6;
});
function color(node) {
  if (!data.base) return ownerColor(data.owner[node.name], shades[node.name]);
  const change = share(node.value, data.total) - share(node.before, data.base);
  const strength = Math.min(1, Math.sqrt(Math.abs(change) * 4));
  if (strength < 0.03) return 'hsl(0 0% 86%)';
  return change > 0 ? `hsl(12 85% ${88 - 30 * strength}%)` : `hsl(214 80% ${88 - 30 * strength}%)`;
}

const elements = new Map(); // frames that are drawn

function draw() {
  const width = graph.clientWidth || 1000;
  elements.clear();
  const drawn = document.createDocumentFragment();
  const place = (node, left, frameWidth, above) => {
    const frame = document.createElement('div');
    frame.className = 'frame' + (above ? ' above' : '') + mark(node);
    frame.setAttribute('role', 'treeitem');
    frame.setAttribute('aria-level', node.depth + 1);
    frame.setAttribute('aria-label', describe(node));
    if (node.children.length) frame.setAttribute('aria-expanded', 'true');
    frame.tabIndex = node === focused ? 0 : -1;
    frame.style.left = left + 'px';
    frame.style.top = node.depth * rowHeight + 'px';
    frame.style.width = frameWidth + 'px';
    frame.style.background = color(node);
    if (frameWidth > 20) frame.textContent = short(node);
    frame.node = node;
    elements.set(node, frame);
    drawn.appendChild(frame);
  };
  const path = [];
  for (let node = zoomed.parent; node; node = node.parent) path.unshift(node);
  for (const node of path) place(node, 0, width, true);
  const scale = width / (size(zoomed) || 1);
  const walk = (node, left) => {
    place(node, left, Math.max(size(node) * scale, leastWidth), false);
    for (const child of node.children) {
      if (size(child) * scale >= leastWidth) walk(child, left);
      left += size(child) * scale;
    }
  };
  walk(zoomed, 0);
  graph.replaceChildren(drawn);
  let depth = 0;
  for (const node of elements.keys()) depth = Math.max(depth, node.depth);
  graph.style.height = (depth + 1) * rowHeight + 'px';
  byId('reset').disabled = zoomed === root && !expression && owned === null;
}

// Search.
let owned = null; // the owner whose frames are shown up, if no expression is searched for
const matches = (node) => (expression !== null ? expression.test(data.names[node.name]) : owned !== null && data.owner[node.name] === owned);
const mark = (node) => (expression === null && owned === null ? '' : matches(node) ? (expression ? ' hit' : '') : ' dim');

function search(text, owner = null) {
  expression = null;
  owned = owner;
  for (const button of byId('legend').querySelectorAll('button')) button.setAttribute('aria-pressed', String(button.owner === owned));
  if (text) {
    try { expression = new RegExp(text, 'i'); } catch { expression = new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'i'); }
  }
  let sum = 0;
  let frames = 0;
  const walk = (node, inside) => {
    const hit = matches(node);
    if (hit) frames++;
    if (hit && !inside) sum += node.value; // what a match calls is counted with it
    for (const child of node.children) walk(child, inside || hit);
  };
  if (expression || owned !== null) walk(root, false);
  byId('matched').textContent = expression || owned !== null ? `${frames} frames, ${amount(sum)}, ${percent(share(sum, data.total))}` : '';
  draw();
}

// Zoom and focus.
function zoom(node) {
  zoomed = node;
  draw();
  focus(node);
}

function focus(node) {
  const before = elements.get(focused);
  if (before) before.tabIndex = -1;
  focused = node;
  const frame = elements.get(node);
  if (!frame) return;
  frame.tabIndex = 0;
  frame.focus({preventScroll: false});
  byId('status').textContent = describe(node);
}

function neighbour(node, step) {
  if (!node.parent) return null;
  const shown = node.parent.children.filter((child) => elements.has(child));
  return shown[shown.indexOf(node) + step] || null;
}

graph.addEventListener('click', (event) => { if (event.target.node) zoom(event.target.node); });
// Not mouseover: that comes also when frames move under a mouse that rests, and would then say something else than the keys.
graph.addEventListener('mousemove', (event) => { if (event.target.node) byId('status').textContent = describe(event.target.node); });
graph.addEventListener('focusin', (event) => { if (event.target.node && event.target.node !== focused) focus(event.target.node); });
graph.addEventListener('keydown', (event) => {
  const to = {
    ArrowUp: () => focused.parent,
    ArrowDown: () => focused.children.filter((child) => elements.has(child)).sort((a, b) => size(b) - size(a))[0],
    ArrowLeft: () => neighbour(focused, -1),
    ArrowRight: () => neighbour(focused, 1),
    Home: () => root,
  }[event.key];
  if (to) {
    event.preventDefault();
    const node = to();
    if (node) focus(node);
  } else if (event.key === 'Enter' || event.key === ' ') {
    event.preventDefault();
    zoom(focused);
  } else if (event.key === 'Backspace' && zoomed.parent) {
    event.preventDefault();
    zoom(zoomed.parent);
  }
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') { byId('search').value = ''; search(''); zoom(root); }
  if (event.key === '/' && document.activeElement !== byId('search')) { event.preventDefault(); byId('search').focus(); }
});
byId('search').addEventListener('input', (event) => search(event.target.value));
byId('reset').addEventListener('click', () => { byId('search').value = ''; search(''); zoom(root); });
if (byId('widths')) byId('widths').addEventListener('change', (event) => { asBefore = event.target.checked; draw(); });
window.addEventListener('resize', draw);

// Legend, note and table.
if (!data.base) {
  data.owners.forEach((name, owner) => {
    if (!name) return;
    const item = document.createElement('li');
    const button = document.createElement('button');
    const sample = document.createElement('span');
    sample.style.background = ownerColor(owner);
    button.type = 'button';
    button.owner = owner;
    button.setAttribute('aria-pressed', 'false');
    button.append(sample, name);
    button.addEventListener('click', () => {
      byId('search').value = '';
      search('', owned === owner ? null : owner);
    });
    item.append(button);
    byId('legend').append(item);
  });
}
if (data.dropped) byId('note').textContent = `${data.dropped.toLocaleString('en')} frames below ${percent(data.below)} are left out to keep this page small.`;
for (const row of data.top) {
  const line = document.createElement('tr');
  const [flat, cum] = [share(row.flat, data.total), share(row.cum, data.total)];
  const cells = data.base ?
    [amount(row.flat), percent(flat), points(flat - share(row.flat_before || 0, data.base)), percent(cum), points(cum - share(row.cum_before || 0, data.base))] :
    [amount(row.flat), percent(flat), amount(row.cum), percent(cum)];
  for (const text of cells) {
    const cell = document.createElement('td');
    cell.className = 'number';
    cell.textContent = text;
    line.append(cell);
  }
  const name = document.createElement('td');
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = data.names[row.name];
  button.title = 'search for it';
  button.addEventListener('click', () => {
    byId('search').value = '^' + data.names[row.name].replace(/[.*+?^${}()|[\]\\]/g, '\\$&') + '$';
    search(byId('search').value);
    byId('search').focus();
  });
  name.append(button);
  const file = document.createElement('td');
  file.textContent = data.places[row.name];
  line.append(name, file);
  byId('top').append(line);
}
draw();
})();
