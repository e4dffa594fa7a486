/**
 * Who may import whom. contract, domain <- platform <- features <- services, http, cli <- main.
 * `npm run check` runs it. A type import counts like a value's, except for cycles: types alone make
 * none at run time.
 */
import { readdirSync, readFileSync } from 'node:fs';

const TEST = '\\.(test|spec)\\.tsx?$|/testing(/|\\.ts$)|/tests/|/test-support/|/bench/';
const SERVER = '^packages/server/src';

/** Server layers from the innermost to the outermost. */
const LAYERS = ['domain', 'platform', 'features', 'services', 'http'];

const forbidden = [
  {
    name: 'no-circular',
    comment: 'Two modules that need each other are one idea, or a third one is missing.',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'lock-stands-alone',
    comment: '@headspace/lock is a library of its own: it imports nothing of ours.',
    from: { path: '^packages/lock/src', pathNot: TEST },
    to: { path: '^packages/', pathNot: '^packages/lock/' },
  },
  {
    name: 'contract-stands-alone',
    comment: 'The contract is what everything else agrees on: it imports nothing of ours.',
    from: { path: '^packages/contract/src', pathNot: TEST },
    to: { path: '^packages/', pathNot: '^packages/contract/' },
  },
  {
    name: 'contract-and-domain-are-pure',
    comment: 'The contract runs in browsers, the domain knows no I/O and no clock.',
    from: { path: ['^packages/contract/src', `${SERVER}/domain`], pathNot: TEST },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'domain-imports-contract-only',
    comment: 'The domain is pure: nothing but itself, the contract and zod.',
    from: { path: `${SERVER}/domain`, pathNot: TEST },
    to: { pathNot: [`${SERVER}/domain`, '^packages/contract/', '^node_modules/zod/'] },
  },
  {
    name: 'platform-looks-inward',
    comment: 'Adapters know no feature. What a feature needs of them comes as an argument.',
    from: { path: `${SERVER}/platform`, pathNot: TEST },
    to: { path: outerThan('platform') },
  },
  {
    name: 'features-look-inward',
    comment: 'Features know neither the loops nor HTTP composition that drive them.',
    from: { path: `${SERVER}/features`, pathNot: TEST },
    to: { path: outerThan('features') },
  },
  {
    name: 'features-meet-at-the-index',
    comment: 'A feature uses another one through its index, or through an event.',
    from: { path: `${SERVER}/features/([^/]+)/` },
    to: {
      path: `${SERVER}/features/([^/]+)/`,
      pathNot: [`${SERVER}/features/$1/`, `${SERVER}/features/[^/]+/index\\.ts$`],
    },
  },
  {
    name: 'services-and-http-are-side-by-side',
    comment: 'Loops and routes meet in features, never in each other.',
    from: { path: `${SERVER}/(services|http)/`, pathNot: TEST },
    to: { path: `${SERVER}/(services|http)/`, pathNot: `${SERVER}/$1/` },
  },
  {
    name: 'main-is-the-top',
    comment: 'main.ts starts the process; whoever imports it would start one too.',
    from: { pathNot: TEST },
    to: { path: `${SERVER}/main\\.ts$` },
  },
  {
    name: 'web-knows-the-contract-only',
    comment: 'The dashboard talks to the server over HTTP.',
    from: { path: '^packages/web/src', pathNot: TEST },
    to: { path: '^packages/', pathNot: '^packages/(web|contract)/' },
  },
  {
    name: 'packages-meet-at-their-exports',
    comment: 'Of another package only what its package.json exports can be imported.',
    from: { path: '^packages/([^/]+)/' },
    to: { path: '^packages/', pathNot: ['^packages/$1/', ...exportedFiles()] },
  },
  {
    name: 'no-test-code-in-the-product',
    comment: 'Test tools and test files stay out of what users run.',
    from: { path: '^packages/', pathNot: [TEST, '^packages/(testkit|demo)/'] },
    to: { path: ['^packages/testkit/', TEST] },
  },
  {
    name: 'no-unresolvable',
    comment: 'The imported module is not there.',
    from: {},
    // Only types, in a declaration file without a module: tsc looks after it.
    to: { couldNotResolve: true, pathNot: '^picocolors/types' },
  },
];

/** The entry files of all packages, as patterns. */
function exportedFiles() {
  return readdirSync('packages').flatMap((name) => {
    const { exports = {} } = JSON.parse(readFileSync(`packages/${name}/package.json`, 'utf8'));
    return Object.values(exports).map(
      (file) => `^packages/${name}/${file.replace('./', '').replaceAll('.', '\\.')}$`,
    );
  });
}

/** The layers outside of this one, and what puts them together. */
function outerThan(layer) {
  const outer = LAYERS.slice(LAYERS.indexOf(layer) + 1);
  return [
    ...outer.map((name) => `${SERVER}/${name}/`),
    `${SERVER}/(main|context)\\.ts$`,
    '^packages/(cli|web)/',
  ];
}

export default {
  forbidden: forbidden.map((rule) => ({ ...rule, severity: 'error' })),
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['/dist/', '/recordings/', '^\\.cache/'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs'],
    },
  },
};
