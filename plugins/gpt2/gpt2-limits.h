#pragma once

/* How large a model's files may be, and why. README.md lists the same for people; a test compares the two. */

#define GPT2_MAX_CONFIG_BYTES (1 << 20)      /* one has about a thousand */
#define GPT2_MAX_CONFIG_MEMBERS 1000         /* one has about forty; each is compared with all others that are made to be alike */
#define GPT2_MAX_JSON_DEPTH 64               /* levels: the reader calls itself for each */
#define GPT2_MAX_VOCABULARY_BYTES (64 << 20) /* of vocab.json, and of merges.txt: they have one, and half of one */
#define GPT2_MAX_LAYERS 1000                 /* the largest model has 48 */
#define GPT2_MAX_FEATURES 65536              /* the largest model has 1,600 */
#define GPT2_MAX_INNER 262144                /* features between the two halves of an MLP */
#define GPT2_MAX_POSITIONS 1048576           /* all models have 1,024 */
#define GPT2_MAX_VOCABULARY 10000000         /* tokens: all models have 50,257 */
#define GPT2_MAX_TEXT_BYTES 2147483647       /* places in a word are 32-bit numbers */
