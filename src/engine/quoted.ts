/** A name in its platform's quotes; a quote within is doubled, so that no name can end early. */
export const quoted = (name: string, quote: string): string =>
  `${quote}${name.replaceAll(quote, quote + quote)}${quote}`;
