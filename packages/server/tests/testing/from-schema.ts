/** Values that a zod schema takes, for fuzzing: made from its JSON Schema. */
import fc from 'fast-check';
import { z } from 'zod';

interface Node {
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Node[];
  allOf?: Node[];
  properties?: Record<string, Node>;
  required?: string[];
  items?: Node;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  pattern?: string;
}

/** What may be sent for this schema; what it refines beyond JSON Schema is not known here. */
export function fromSchema(schema: z.ZodType): fc.Arbitrary<unknown> {
  return arbitraryOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Node);
}

function arbitraryOf(node: Node): fc.Arbitrary<unknown> {
  const { allOf = [] } = node;
  if (allOf.length > 0)
    return arbitraryOf(Object.assign({}, node, ...allOf, { allOf: [] }) as Node);
  if ('const' in node) return fc.constant(node.const);
  if (node.enum !== undefined) return fc.constantFrom(...node.enum);
  if (node.anyOf !== undefined) return fc.oneof(...node.anyOf.map(arbitraryOf));
  switch (node.type) {
    case 'string':
      return stringOf(node);
    case 'integer':
      return fc.integer({ min: node.minimum ?? -1_000, max: Math.min(node.maximum ?? 1_000, 1e9) });
    case 'number':
      return fc.double();
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(arbitraryOf(node.items ?? {}), {
        minLength: node.minItems ?? 0,
        maxLength: Math.min(node.maxItems ?? 5, 5),
      });
    case 'object':
      return fc.record(
        Object.fromEntries(
          Object.entries(node.properties ?? {}).map(([name, one]) => [name, arbitraryOf(one)]),
        ),
        { requiredKeys: node.required ?? [] },
      );
    default:
      return fc.jsonValue();
  }
}

function stringOf({ pattern, minLength = 0, maxLength = 60 }: Node): fc.Arbitrary<string> {
  if (pattern !== undefined) {
    return fc.stringMatching(new RegExp(pattern, 'u')).filter((text) => text.length <= maxLength);
  }
  return fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 60) });
}
