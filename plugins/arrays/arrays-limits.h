#pragma once

/* How large files of arrays and tables of rows may be, and why. README.md lists the same for people; a test compares the two. */

/* ---- arrays ---- */

#define ARRAYS_MAX_ARRAYS 100000          /* in all files of a folder */
#define ARRAYS_MAX_NAME 1024              /* bytes, as in safetensors */
#define ARRAYS_MAX_LAYERS 10000           /* of an array that has an axis of them, and the numbers in names */
#define ARRAYS_MAX_PLACES 1000000         /* arrays, each layer of an axis counted as one */
#define ARRAYS_MAX_KINDS 1000             /* conditions, and as many stages: each is drawn */
#define ARRAYS_MAX_PATTERN 1000           /* bytes */
#define ARRAYS_MAX_NPY_HEADER (16 << 10)  /* bytes: numpy itself reads 10,000 */
#define ARRAYS_MAX_DESCRIPTION (64 << 20) /* bytes of what a capture says of itself */

/* ---- archives ---- */

#define ARRAYS_MAX_MEMBERS 100000        /* of an archive */
#define ARRAYS_MAX_RATIO 100             /* bytes for one of an archive: no arrays of numbers shrink more */
#define ARRAYS_MAX_FREE_BYTES (64 << 20) /* up to which the ratio may be any */

/* ---- folders ---- */

#define ARRAYS_MAX_FOLDERS 4          /* below the one that was named */
#define ARRAYS_MAX_FILES 100000       /* with arrays */
#define ARRAYS_MAX_FILE_NAMES 1000000 /* of whatever kind */
#define ARRAYS_MAX_PROBED_NAMES 1000  /* to say whether a folder is worth a look */

/* ---- tables of rows ---- */

#define ARRAYS_MAX_TABLE_BYTES (256 << 20) /* of a file */
#define ARRAYS_MAX_TABLE_ROWS 4000000      /* lines */
#define ARRAYS_MAX_TABLE_FIELDS 64         /* of a line */
#define ARRAYS_MAX_FIELD_BYTES (64 << 10)  /* of a field: a label is shown, not read */
#define ARRAYS_MAX_TABLE_CONDITIONS 1000   /* that a table names */
#define ARRAYS_MAX_ORIGINS 4000000         /* rows of which sequence and position are kept */
