/** Luhn checksum over a string of digits: payment cards (ISO/IEC 7812-1), Canadian social insurance numbers. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits[digits.length - 1 - place]);
    const doubled = place % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** ISO 13616: the first four characters go to the end, letters count 10 to 35, and the number is 1 modulo 97. */
export function passesIban(text: string): boolean {
  const compact = text.replaceAll(/\s/g, "").toUpperCase();
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(compact)) return false;
  let rest = 0;
  for (const character of compact.slice(4) + compact.slice(0, 4))
    for (const digit of Number.parseInt(character, 36).toString()) rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1;
}

/** Brazilian CPF: two digits, each a weighted sum modulo 11. */
export function passesCpf(digits: string): boolean {
  if (digits.length !== 11 || /^(\d)\1+$/.test(digits)) return false;
  const checkDigit = (length: number): number => {
    let sum = 0;
    for (let place = 0; place < length; place += 1) sum += Number(digits[place]) * (length + 1 - place);
    return ((sum * 10) % 11) % 10;
  };
  return checkDigit(9) === Number(digits[9]) && checkDigit(10) === Number(digits[10]);
}

/** Spanish DNI and NIE: the letter is the number modulo 23 (Real Decreto 1553/2005). */
export function passesDni(text: string): boolean {
  const number = Number(text.slice(0, -1).replace(/^[XYZ]/, (letter) => String("XYZ".indexOf(letter))));
  return "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23] === text.at(-1);
}

/** French NIR: the key is 97 less the first thirteen digits modulo 97. Corsican departments count as 19 and 18. */
export function passesNir(text: string): boolean {
  const compact = text.replaceAll(/\s/g, "").toUpperCase();
  const number = compact.slice(0, 13).replace("2A", "19").replace("2B", "18");
  return 97 - Number(BigInt(number) % 97n) === Number(compact.slice(13));
}

/** Dutch BSN: weights 9 to 2 and -1, the sum divisible by 11. */
export function passesBsn(digits: string): boolean {
  if (/^0+$/.test(digits)) return false;
  let sum = -Number(digits[8]);
  for (let place = 0; place < 8; place += 1) sum += Number(digits[place]) * (9 - place);
  return sum % 11 === 0;
}

const VERHOEFF_PRODUCT = [
  "0123456789",
  "1234067895",
  "2340178956",
  "3401289567",
  "4012395678",
  "5987604321",
  "6598710432",
  "7659821043",
  "8765932104",
  "9876543210",
];
const VERHOEFF_ROTATION = [
  "0123456789",
  "1576283094",
  "5803796142",
  "8916043527",
  "9453126870",
  "4286573901",
  "2793806415",
  "7046913258",
];

/** Verhoeff checksum: Indian Aadhaar numbers. */
export function passesVerhoeff(digits: string): boolean {
  let check = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits[digits.length - 1 - place]);
    check = Number(VERHOEFF_PRODUCT[check]![Number(VERHOEFF_ROTATION[place % 8]![digit])]);
  }
  return check === 0;
}
