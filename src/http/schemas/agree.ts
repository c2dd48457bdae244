import type { z } from 'zod';

/** A type without `readonly`, and with intersections made plain: what two ways of writing one type have in common. */
type Plain<T> = T extends readonly (infer Item)[]
  ? Plain<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Plain<T[Key]> }
    : T;

/** True for one and the same type only; assignability both ways would not see a missing optional field. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

type Agrees<Type, Schema extends z.ZodType> =
  Same<Plain<z.output<Schema>>, Plain<Type>> extends true ? Schema : never;

/**
 * Takes a schema for `Type` only when it describes exactly that type, optional fields and enums included: the compiler
 * refuses `agreesWith<Type>()(schema)` otherwise. So what is documented is what the code answers.
 */
export function agreesWith<Type>(): <Schema extends z.ZodType>(schema: Agrees<Type, Schema>) => Schema {
  return (schema) => schema;
}
