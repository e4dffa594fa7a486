import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { flushSpool, parseSpooled, readLine, spoolStatus, writeHookUrl } from '@headspace/home';
import { runHook, temporaryHome, type TemporaryHome } from '../testing/hook-run.ts';
import { startHookServer } from '../testing/hook-server.ts';

const CLOSED_PORT = 'http://127.0.0.1:2';

function spoolEvent(home: TemporaryHome, at: number, body: string, pid = 1): void {
  const text = `POST /hook/stop\nx-headspace-event-id: e${at}\nx-headspace-sent-at: ${at}\n\n${body}`;
  writeFileSync(join(home.paths.spool, `${at}-${pid}-Stop.event`), text);
}

describe('flushing the spool', () => {
  it('delivers what the script wrote, in order, each once', async () => {
    using home = temporaryHome(CLOSED_PORT);
    const sent = ['SessionStart', 'UserPromptSubmit', 'PreToolUse', 'PostToolUse', 'Stop'];
    for (const event of sent) await runHook({ home, event, payload: `{"name":"${event}"}` });
    const ids = home.spooled();

    await using server = await startHookServer();
    writeHookUrl(home.paths, server.url);
    const options = { paths: home.paths, serverUrl: server.url, now: Date.now(), minAgeMs: 0 };
    expect(await flushSpool(options)).toEqual({
      delivered: 5,
      rejected: 0,
      waiting: 0,
      stoppedBy: null,
    });
    expect(server.requests.map((r) => JSON.parse(r.body))).toEqual(sent.map((name) => ({ name })));
    expect(server.requests.map((r) => r.headers.authorization)).toEqual(
      Array.from({ length: 5 }, () => `Bearer ${readLine(home.paths.hookToken)}`),
    );
    expect(server.requests[0]?.headers).toMatchObject({
      'x-headspace-sent-at': ids[0]?.split('-')[0],
      'x-claude-pid': String(process.pid),
    });
    expect(home.spooled()).toEqual([]);
    expect(await flushSpool(options)).toMatchObject({ delivered: 0 });
  });

  it('leaves alone what its script may still be sending', async () => {
    await using server = await startHookServer();
    using home = temporaryHome(server.url);
    spoolEvent(home, 1_000_000, '{"n":1}');
    spoolEvent(home, 1_009_000, '{"n":2}');
    const result = await flushSpool({ paths: home.paths, serverUrl: server.url, now: 1_010_000 });
    expect(result).toMatchObject({ delivered: 1, waiting: 1, stoppedBy: null });
    expect(server.requests.map((r) => r.body)).toEqual(['{"n":1}']);
  });

  it('delivers what was numbered ahead of a clock that was set back', async () => {
    await using server = await startHookServer();
    using home = temporaryHome(server.url);
    const now = 1_000_000;
    for (const at of [now - 60_000, now + 3_600_001, now + 3_600_002]) {
      spoolEvent(home, at, `{"n":${at}}`);
    }
    const result = await flushSpool({ paths: home.paths, serverUrl: server.url, now });
    expect(result).toMatchObject({ delivered: 3, waiting: 0 });
    expect(server.requests.map((r) => JSON.parse(r.body).n)).toEqual([
      940_000, 4_600_001, 4_600_002,
    ]);
  });

  it('forgets the numbers of processes that are long gone', async () => {
    using home = temporaryHome(CLOSED_PORT);
    const [old, young] = ['11-1', '12-1'].map((name) => join(home.paths.spoolSequence, name));
    for (const file of [old, young]) writeFileSync(file ?? '', '1\n');
    utimesSync(old ?? '', 0, 0);
    await flushSpool({ paths: home.paths, serverUrl: CLOSED_PORT, now: Date.now() });
    expect(readdirSync(home.paths.spoolSequence)).toEqual(['12-1']);
  });

  it('stops at a failure that may pass, so that the order stays', async () => {
    let failing = true;
    await using server = await startHookServer((request, response) => {
      response.writeHead(failing && request.body.includes('2') ? 503 : 204).end();
    });
    using home = temporaryHome(server.url);
    for (const n of [1, 2, 3]) spoolEvent(home, n * 1000, `{"n":${n}}`);
    const options = { paths: home.paths, serverUrl: server.url, now: 1e12 };
    expect(await flushSpool(options)).toEqual({
      delivered: 1,
      rejected: 0,
      waiting: 2,
      stoppedBy: 'the server answered 503',
    });
    failing = false;
    expect(await flushSpool(options)).toMatchObject({ delivered: 2, waiting: 0 });
    expect(server.requests.map((r) => r.body)).toEqual([1, 2, 2, 3].map((n) => `{"n":${n}}`));
  });

  it('says when the server is down, and keeps everything', async () => {
    using home = temporaryHome(CLOSED_PORT);
    spoolEvent(home, 1000, '{}');
    const result = await flushSpool({ paths: home.paths, serverUrl: CLOSED_PORT, now: 1e12 });
    expect(result).toMatchObject({ delivered: 0, waiting: 1 });
    expect(result?.stoppedBy).toContain('cannot be reached');
  });

  it('puts aside what the server refuses for good, and what is no event', async () => {
    await using server = await startHookServer((request, response) => {
      response.writeHead(request.body.includes('bad') ? 400 : 204).end();
    });
    using home = temporaryHome(server.url);
    spoolEvent(home, 1000, '{"bad":1}');
    spoolEvent(home, 2000, '{"cut off');
    spoolEvent(home, 3000, '{"good":1}');
    const result = await flushSpool({ paths: home.paths, serverUrl: server.url, now: 1e12 });
    expect(result).toMatchObject({ delivered: 1, rejected: 2, waiting: 0 });
    expect(readdirSync(home.paths.spoolRejected)).toEqual([
      '1000-1-Stop.event',
      '2000-1-Stop.event',
    ]);
    expect(await spoolStatus(home.paths)).toMatchObject({ waiting: 0, rejected: 2 });
  });

  it('takes over events of scripts that were ended in the middle', async () => {
    await using server = await startHookServer();
    using home = temporaryHome(server.url);
    const whole = join(home.paths.spoolTmp, '1000-7');
    const cut = join(home.paths.spoolTmp, '2000-8');
    writeFileSync(whole, 'POST /hook/stop\nx-headspace-sent-at: 1000\n\n{"n":1}');
    writeFileSync(cut, 'POST /hook/stop\nx-headspace-sent-at: 2000\n\n{"n":');
    utimesSync(whole, 1, 1);
    utimesSync(cut, 1, 1);
    await flushSpool({ paths: home.paths, serverUrl: server.url, now: 1e12 });
    expect(server.requests.map((r) => r.body)).toEqual(['{"n":1}']);
    expect(readdirSync(home.paths.spoolRejected)).toEqual(['2000-8.event']);
  });

  it('runs once at a time, and takes over from a process that died', async () => {
    await using server = await startHookServer();
    using home = temporaryHome(server.url);
    const lock = join(home.paths.spool, 'flush.lock');
    mkdirSync(lock);
    writeFileSync(join(lock, 'pid'), String(process.pid));
    const options = { paths: home.paths, serverUrl: server.url, now: 1e12 };
    expect(await flushSpool(options)).toBeNull();
    // No process has this number: it is above what Linux and macOS give out.
    writeFileSync(join(lock, 'pid'), '99999999');
    expect(await flushSpool(options)).toMatchObject({ delivered: 0 });
    expect(readdirSync(home.paths.spool)).not.toContain('flush.lock');
  });

  it('never delivers an event twice when several flush at once', async () => {
    await using server = await startHookServer();
    using home = temporaryHome(server.url);
    for (let n = 1; n <= 30; n += 1) spoolEvent(home, n * 1000, `{"n":${n}}`);
    const options = { paths: home.paths, serverUrl: server.url, now: 1e12 };
    await Promise.all(Array.from({ length: 8 }, () => flushSpool(options)));
    expect(server.requests.map((r) => r.body)).toEqual(
      Array.from({ length: 30 }, (_, i) => `{"n":${i + 1}}`),
    );
  });
});

describe('a spool file', () => {
  it.each(['', 'POST /hook/stop\n\n', 'GET /hook/stop\n\n{}', 'POST /hook/../x\n\n{}', '{}'])(
    'is no event: %j',
    (text) => {
      expect(parseSpooled(Buffer.from(text))).toBeUndefined();
    },
  );
});
