import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redact, redactText } from './redact.ts';

/** Put together here, so that no scanner takes this file for a leak. */
const key = (prefix: string, length = 40) => prefix + 'aB3dE5fG7h'.repeat(10).slice(0, length);

describe('redactText', () => {
  test.each([
    ['an Anthropic key', key('sk-ant-api03-')],
    ['an OpenAI key', key('sk-proj-')],
    ['a Stripe key', key('sk_live_', 24)],
    ['a GitHub token', key('ghp_', 36)],
    ['a fine-grained GitHub token', key('github_pat_')],
    ['a GitLab token', key('glpat-', 20)],
    ['an npm token', key('npm_', 36)],
    ['a Slack token', key('xoxb-', 30)],
    ['a Google key', key('AIza', 35)],
    ['an AWS key id', ['AKIA', 'ABCDEFGHIJKLMNOP'].join('')],
    ['a JWT', `${key('eyJ', 20)}.${key('eyJ', 20)}.${key('', 20)}`],
  ])('hides %s wherever it stands', (_name, secret) => {
    for (const text of [secret, `curl -H 'x: ${secret}' url`, `"${secret}"`, `a=${secret};b`]) {
      expect(redactText(text)).not.toContain(secret);
    }
  });

  test.each([
    ['API_KEY=hunter2hunter2', 'hunter2'],
    ['export DB_PASSWORD="hunter2"', 'hunter2'],
    ['--password hunter2 --verbose', 'hunter2'],
    ['--token=hunter2', 'hunter2'],
    ['"client_secret": "hunter2"', 'hunter2'],
    ['github_token: hunter2', 'hunter2'],
    ['AWS_SECRET_ACCESS_KEY=hunter2/x+y', 'hunter2'],
    ['postgres://me:hunter2@db/shop', 'hunter2'],
    ['postgres://me:hunter%402:x@db/shop', 'hunter'],
    ['Authorization: Bearer hunter2hunter2', 'hunter2'],
    ['authorization: Basic aHVudGVyMjpodW50ZXIy', 'aHVudGVy'],
    ['PASSWORD=hunter2', 'hunter2'],
    ["sshpass -p 'x' ; PGPASSWORD='hunter2' psql", 'hunter2'],
  ])('hides the value in %s', (text, secret) => {
    expect(redactText(text)).not.toContain(secret);
  });

  test('hides a private key over its lines, also one that is cut off', () => {
    const begin = '-----BEGIN RSA PRIVATE KEY-----';
    const whole = `cat <<E\n${begin}\nMIIabc\nxyz\n-----END RSA PRIVATE KEY-----\nE`;
    expect(redactText(whole)).toBe('cat <<E\n[redacted]\nE');
    expect(redactText(`${begin}\nMIIabc`)).toBe('[redacted]');
  });

  test.each([
    'git commit -m "Add the page of secrets"',
    'ls src/tokens/',
    'npm test -- --run tokenizer',
    'the password is checked before login',
    'https://example.com/path?query=1',
    'SELECT name FROM api_keys',
    'sk-8 is a bus line',
    'echo eyJ.a.b',
    'risk-management-and-task-list',
  ])('leaves %s as it is', (text) => {
    expect(redactText(text)).toBe(text);
  });
});

describe('redact', () => {
  test('hides by field name, whatever the value looks like', () => {
    const value = {
      password: 'a',
      api_key: 'b',
      accessToken: 'b2',
      'x-api-key': 'c',
      Authorization: 'd',
      token: 7,
      nested: [{ clientSecret: 'e', secret: 'f' }],
    };
    const text = JSON.stringify(redact(value));
    for (const secret of ['"a"', '"b"', '"b2"', '"c"', '"d"', '7', '"e"', '"f"']) {
      expect(text).not.toContain(secret);
    }
  });

  test('hides whatever stands below a field of that name', () => {
    const text = JSON.stringify(redact({ credentials: { user: 'me', key: 'hunter2' } }));
    expect(text).not.toContain('hunter2');
  });

  test('leaves other values, and what was given, as they are', () => {
    const value = { command: 'ls', count: 3, list: [null, true], max_tokens: 400, author: 'me' };
    const before = structuredClone(value);
    expect(redact(value)).toEqual(before);
    expect(value).toEqual(before);
  });
});

describe('time', () => {
  const MB = 1024 * 1024;
  const fill = (part: string) => part.repeat(Math.ceil((5 * MB) / part.length)).slice(0, 5 * MB);

  // A pattern that looks back over what it has read would take minutes here.
  test.each([
    ['one letter', 'a'],
    ['words', 'lorem ipsum dolor '],
    ['names without values', 'password '],
    ['half an assignment', 'my-secret-'],
    ['token', 'token'],
    ['dashes', '-'],
    ['blanks', ' '],
    ['a name and blanks', `token${' '.repeat(1000)}`],
    ['begin lines', '-----BEGIN A PRIVATE KEY-----'],
    ['begin', '-----BEGIN '],
    ['url schemes', 'a+b.c'],
    ['urls', 'http://me:'],
    ['half a JWT', 'eyJaaaaaaaaaa.'],
    ['JWT heads', 'eyJaaaaaaaa'],
    ['keys', 'sk-'],
    ['bearer', 'Bearer '],
  ])('5 MB of %s', (_name, part) => {
    const text = fill(part);
    const start = performance.now();
    redactText(text);
    expect(performance.now() - start).toBeLessThan(4_000);
  });

  test('100 KB of anything that the patterns begin with', () => {
    const parts = fc.constantFrom(
      ...[
        'eyJ',
        'a',
        '-',
        '_',
        '.',
        ' ',
        '\n',
        ':',
        '//',
        '://',
        '@',
        '=',
        '"',
        "'",
        'sk-',
        'token',
      ],
      ...['-----BEGIN ', 'PRIVATE KEY-----', '-----END ', 'Bearer', 'password', 'A', '1', 'api'],
    );
    const piece = fc.array(parts, { minLength: 1, maxLength: 5 }).map((list) => list.join(''));
    fc.assert(
      fc.property(piece, piece, (head, tail) => {
        const text = head.repeat(50_000 / head.length) + tail.repeat(50_000 / tail.length);
        const start = performance.now();
        redactText(text);
        expect(performance.now() - start).toBeLessThan(1_000);
      }),
      { numRuns: 200, seed: 20261101 },
    );
  });
});
