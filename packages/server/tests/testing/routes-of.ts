/** What is registered in a Fastify application. */
export interface Route {
  readonly method: string;
  /** As registered, such as `/api/agents/:id`. */
  readonly pattern: string;
}

/** From the tree that Fastify prints: `├── /api/agents (GET, HEAD)`, four characters a level. */
export function routesOf(tree: string): Route[] {
  const above: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const found = /^([│ ]*)[├└]── (.*?)(?: \((.*)\))?$/.exec(line);
    if (found === null) return [];
    const [, indent = '', part = '', methods = ''] = found;
    const depth = indent.length / 4;
    above.length = depth;
    above[depth] = part;
    const pattern = above.join('');
    return methods
      .split(', ')
      .filter((method) => method !== '' && method !== 'HEAD' && method !== 'OPTIONS')
      .map((method) => ({ method, pattern }));
  });
}
