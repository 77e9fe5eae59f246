// Fills a MeshCentral with devices, serves them, and asks for them as its own console does.
// Arguments: the folder of its installation, a folder to work in, a port, samples, device counts…
// Prints one line of JSON per count; times in milliseconds, memory in megabytes.
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { randomBytes } from 'node:crypto';

const [install, work, port, samples, ...counts] = process.argv.slice(2);
const program = `${install}/node_modules/meshcentral`;
const WebSocket = createRequire(`${program}/`)('ws');
// Milliseconds: a start that generates keys, and an answer with many devices.
const START = 180_000;
const ANSWER = 120_000;
const password = randomBytes(12).toString('hex') + 'A!';

const run = (data, ...extra) => [program, '--datapath', data, ...extra];

function prepare(data) {
  mkdirSync(data, { recursive: true });
  const settings = {
    cert: '127.0.0.1', WANonly: true, port: Number(port), portBind: '127.0.0.1', redirPort: 0,
    mpsPort: 0, tlsOffload: '127.0.0.1', selfUpdate: false, exactPorts: true,
  };
  writeFileSync(`${data}/config.json`, JSON.stringify({ settings, domains: { '': { newAccounts: false } } }));
  for (const extra of [
    ['--createaccount', 'anna', '--pass', password, '--email', 'anna@example.org'],
    ['--adminaccount', 'anna'],
  ]) {
    const done = spawnSync(process.execPath, run(data, ...extra), { cwd: work, encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`preparing failed: ${done.stdout}${done.stderr}`);
  }
}

async function start(data) {
  const begun = performance.now();
  const server = spawn(process.execPath, run(data), { cwd: work, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  await new Promise((ready, failed) => {
    const limit = setTimeout(() => failed(new Error(`not ready: ${said}`)), START);
    const hear = (bytes) => {
      said += bytes;
      if (said.includes('HTTP server running')) { clearTimeout(limit); ready(); }
    };
    server.stdout.on('data', hear);
    server.stderr.on('data', hear);
    server.on('exit', (code) => failed(new Error(`ended with ${code}: ${said}`)));
  });
  return { server, ms: performance.now() - begun };
}

function stop(server) {
  return new Promise((ended) => { server.removeAllListeners('exit'); server.on('exit', ended); server.kill(); });
}

// The node process that serves may be a child of the one started.
function memory(server) {
  let most = 0;
  const children = readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8').trim().split(' ');
  for (const pid of [server.pid, ...children.filter(Boolean)]) {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    most += Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
  }
  return Math.round(most / 1000);
}

function connect() {
  const encode = (text) => Buffer.from(text).toString('base64');
  const headers = { 'x-meshauth': `${encode('anna')},${encode(password)}` };
  const socket = new WebSocket(`ws://127.0.0.1:${port}/control.ashx`, { headers, maxPayload: 1 << 30 });
  return new Promise((ready, failed) => { socket.on('error', failed); socket.on('open', () => ready(socket)); });
}

function ask(socket, question) {
  const begun = performance.now();
  return new Promise((answered, failed) => {
    const limit = setTimeout(() => failed(new Error('no answer')), ANSWER);
    const hear = (bytes) => {
      const text = bytes.toString();
      const reply = JSON.parse(text);
      if (reply.responseid !== question.responseid) return;
      clearTimeout(limit);
      socket.off('message', hear);
      answered({ ms: performance.now() - begun, bytes: text.length, reply });
    };
    socket.on('message', hear);
    socket.on('close', () => { clearTimeout(limit); failed(new Error('connection closed')); });
    socket.send(JSON.stringify(question));
  });
}

function fill(data, mesh, from, to) {
  let lines = '';
  for (let n = from; n < to; n += 1) {
    const id = Buffer.from(String(n).padStart(48, '0')).toString('base64').replaceAll('+', '@').replaceAll('/', '$');
    lines += `${JSON.stringify({
      type: 'node', mtype: 2, _id: `node//${id}`, icon: 1, name: `till-${n}`, rname: `till-${n}`, domain: '',
      agent: { ver: 0, id: 4, caps: 31, core: 'v', root: true }, host: `10.0.${(n >> 8) % 256}.${n % 256}`,
      ip: `10.0.${(n >> 8) % 256}.${n % 256}`, osdesc: 'Microsoft Windows 11 Pro - 25H2', meshid: mesh,
      av: [{ product: 'Windows Defender', updated: true, enabled: true }], lastbootuptime: 1790000000000,
    })}\n`;
    if (lines.length > 1 << 24 || n === to - 1) { appendFileSync(`${data}/meshcentral.db`, lines); lines = ''; }
  }
}

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];

const data = `${work}/meshcentral-data`;
prepare(data);
let { server } = await start(data);
let socket = await connect();
const made = await ask(socket, { action: 'createmesh', meshname: 'all', meshtype: 2, responseid: 'make' });
if (made.reply.result !== 'ok') throw new Error(`no group: ${JSON.stringify(made.reply)}`);
socket.close();
// It writes in its own time, and a stop does not wait for that.
await new Promise((done) => { setTimeout(done, 3_000); });
await stop(server);
let filled = 0;
for (const count of counts.map(Number)) {
  fill(data, made.reply.meshid, filled, count);
  filled = count;
  const report = { devices: count };
  try {
    let ms;
    ({ server, ms } = await start(data));
    report.start_ms = ms;
    report.idle_mb = memory(server);
    socket = await connect();
    const took = [];
    for (let n = 0; n < Number(samples); n += 1) {
      const seen = await ask(socket, { action: 'nodes', responseid: `list-${n}` });
      const found = Object.values(seen.reply.nodes).reduce((sum, nodes) => sum + nodes.length, 0);
      if (found !== count) throw new Error(`${found} devices instead of ${count}`);
      took.push(seen.ms);
      report.bytes = seen.bytes;
      report.peak_mb = Math.max(report.peak_mb ?? 0, memory(server));
    }
    took.sort((one, other) => one - other);
    report.list_all = { p50_ms: quantile(took, 0.5), p99_ms: quantile(took, 0.99) };
    socket.close();
  } catch (error) {
    report.failed = String(error.message).slice(0, 300);
  }
  await stop(server);
  console.log(JSON.stringify(report));
}
