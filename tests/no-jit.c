/* For valgrind: patterns are interpreted. PCRE2's compiled ones read 16 bytes at a time, beyond a text's end, and have no names that a
 * suppression could give. */

int pcre2_jit_compile_8 (void *code, unsigned options);

int
pcre2_jit_compile_8 (void *code,
                     unsigned options)
{
  return -45; /* PCRE2_ERROR_JIT_BADOPTION, as where it was built without a compiler */
}
