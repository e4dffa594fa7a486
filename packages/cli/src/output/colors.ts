import type pc from 'picocolors';

/** The painting functions, with or without an effect. */
export type Colors = ReturnType<typeof pc.createColors>;
