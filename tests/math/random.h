#pragma once

#include <math.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers by position: number i of a seed is splitmix64's i-th (Steele, Lea, Flood 2014). make-goldens.py makes the same
 * ones, to the bit: only integers, and sums of multiples of 2^-24 that are exact in a double. */

static inline uint64_t
random_bits (uint64_t seed, uint64_t i)
{
  uint64_t z = seed * UINT64_C (0xd1342543de82ef95) + (i + 1) * UINT64_C (0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/* In [0, 1). */
static inline double
random_uniform (uint64_t seed, uint64_t i)
{
  return (double) (random_bits (seed, i) >> 40) * 0x1p-24;
}

/* Nearly normal, mean 0, variance 1: twelve uniforms less six. */
static inline double
random_bell (uint64_t seed, uint64_t i)
{
  double sum = -6;
  for (uint64_t k = 0; k < 12; k++)
    sum += random_uniform (seed, 12 * i + k);
  return sum;
}

/* Normal, by Box and Muller; for tests of statistics, not for goldens. */
static inline double
random_normal (uint64_t seed, uint64_t i)
{
  double radius = sqrt (-2 * log (1 - random_uniform (seed, 2 * i)));
  return radius * cos (2 * 3.14159265358979323846 * random_uniform (seed, 2 * i + 1));
}
