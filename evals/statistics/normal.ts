/** Inverse of the standard normal distribution, by bisection of `normalShare`; `share` lies between 0 and 1. */
export function normalQuantile(share: number): number {
  let low = -10;
  let high = 10;
  for (let round = 0; round < 60; round++) {
    const middle = (low + high) / 2;
    if (normalShare(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The share of a standard normal distribution below `z`: the series of Marsaglia (2004, J. Stat. Software 11/4), exact to double precision near 0. */
export function normalShare(z: number): number {
  if (z < -8) return 0;
  if (z > 8) return 1;
  let sum = 0;
  let term = z;
  for (let odd = 3; sum + term !== sum; odd += 2) {
    sum += term;
    term *= (z * z) / odd;
  }
  return 0.5 + sum * Math.exp((-z * z) / 2) * 0.398_942_280_401_432_7;
}
