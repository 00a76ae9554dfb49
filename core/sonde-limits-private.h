#pragma once

/* How large a thing from a file, a folder or an option may be, and why. What is larger is refused with a sentence that says what was
 * found and what is possible, before memory is taken for it. data/docs/limits.md lists the same for people; a test compares the two.
 * Plugins keep their own limits in their folders. */

/* ---- JSON: headers, indexes, descriptions, reports ---- */

#define SONDE_MAX_JSON_DEPTH 64       /* levels: the parser calls itself for each */
#define SONDE_MAX_JSON_VALUES 2000000 /* a parsed value takes some hundred times the bytes of its text */
#define SONDE_MAX_JSON_CROWD 1000     /* different keys in one place of a table: each is compared with all others */

/* ---- safetensors ---- */

#define SONDE_MAX_HEADER_BYTES 100000000 /* the limit that all readers of the format share */
#define SONDE_MAX_INDEX_BYTES (64 << 20) /* that of the largest model in use is below one MiB */
#define SONDE_MAX_TENSORS 100000         /* in one file */
#define SONDE_MAX_TENSOR_NAME 1024       /* bytes */

/* ---- stages and conditions, whoever names them ---- */

#define SONDE_MAX_ID 100          /* bytes: part of arrays' names, and of figures' names */
#define SONDE_MAX_TEXT 1000       /* bytes of every other text: labels are drawn */
#define SONDE_MAX_LABEL 400       /* bytes of a title that a recipe gives: fitting a longer one takes long, and nobody reads it */
#define SONDE_MAX_ROWS 10000000   /* of a condition: each has some numbers of its own, before there is any of its activations */
#define SONDE_MAX_TOKENS 10000000 /* of a condition, in all its sequences: windows repeat the text, as often as the target stands there */

/* ---- captures ---- */

#define SONDE_MAX_LAYERS 10000     /* that a description may speak of */
#define SONDE_MAX_DESCRIBED 1000   /* stages, and as many conditions, of a description */
#define SONDE_MAX_ALIASES 100      /* of a stage */
#define SONDE_MAX_ALL_ALIASES 10000 /* of all stages: each is compared with all of another capture */

/* ---- recipes and chains ---- */

#define SONDE_MAX_RECIPE_BYTES (1 << 20) /* one has a few hundred */
#define SONDE_MAX_RECIPE_ENTRIES 4000    /* groups and keys: the parser compares those with all others that are made to be alike */
#define SONDE_MAX_RECIPE_CONDITIONS 64   /* each is run, and drawn */
#define SONDE_MAX_RECIPE_TITLE 400       /* bytes: it stands on the first page */
#define SONDE_MAX_CHAIN_WORDS 1000       /* plugins, properties and “!” */

/* ---- plugins ---- */

#define SONDE_MAX_MANIFEST_BYTES (64 << 10) /* one has a few hundred; the parser compares keys with all others that are made to be alike */

/* ---- what computes ---- */

#define SONDE_MAX_THREADS 1024 /* more than processors that one machine has; each has its own buffers */

/* ---- texts, reports, figures ---- */

#define SONDE_MAX_RESULT_NAME 200           /* bytes of a table's or figure's name: a file's has at most 255 */
#define SONDE_MAX_TEXT_BYTES (256 << 20)    /* that is tokenized: a token takes 24 bytes */
#define SONDE_MAX_RESULTS_BYTES (256 << 20) /* of an older report's results.json, which --force looks at */
#define SONDE_MAX_COLUMN_BYTES (1 << 30)    /* of a column of texts in .npz, where every text is as wide as the longest */
#define SONDE_MAX_MEMBER_NAME 65535         /* bytes of a name in .npz: the format has no more */
#define SONDE_MAX_PNG_SIDE 32767            /* pixels: cairo has no more */
#define SONDE_MAX_PNG_PIXELS 134217728      /* of an image: each takes four bytes */
#define SONDE_MAX_PANELS 1000               /* along a side of a figure */
#define SONDE_MAX_POINTS 100000             /* along a side of a figure */
#define SONDE_MAX_STROKE 1000               /* points: a wide line's ends are round, of so many corners that they take gigabytes */
