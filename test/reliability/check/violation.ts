/** What must not be. */
export interface Violation {
  /** The invariant of the design that it breaks; a mishap is anything else that should not have happened. */
  readonly invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'mishap';
  readonly operationId?: string;
  readonly says: string;
}
