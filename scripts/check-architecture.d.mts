export interface Breach {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
}
export function checkFile(file: string, text: string): Breach[];
export function checkTree(root: string): Breach[];
