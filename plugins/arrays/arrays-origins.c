#define G_LOG_DOMAIN "arrays"

#include "arrays-origins.h"

#include <inttypes.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include "arrays-grid.h"
#include "arrays-limits.h"
#include "arrays-rows.h"

/* ---- from the axes ---- */

/* The first array of a condition that has axes of sequences and positions. */
static const ArraysMatrix *
find_sequences (const ArraysLayout *layout,
                guint source)
{
  for (guint i = source; i < layout->grid->len; i += layout->n_sources)
    {
      const ArraysPlace *place = g_ptr_array_index (layout->grid, i);

      if (place->matrix->n_sequences > 0)
        return place->matrix;
    }
  return NULL;
}

static void
tell_positions (ArraysLayout *layout,
                guint source)
{
  const ArraysMatrix *matrix = find_sequences (layout, source);
  SondeCondition *condition = arrays_layout_get_condition (layout, source);

  if (matrix == NULL)
    return;
  if (matrix->n_rows > ARRAYS_MAX_ORIGINS)
    {
      g_ptr_array_add (layout->warnings, SONDE_WORDS (g_strdup_printf (_ ("condition %s has more than %d rows: their sequences and positions are not kept"), sonde_condition_get_id (condition), ARRAYS_MAX_ORIGINS)));
      return;
    }
  for (guint row = 0; row < matrix->n_rows; row++)
    sonde_condition_add_token (condition, row / matrix->n_positions, row % matrix->n_positions, -1, "", TRUE);
}

/* ---- from a table ---- */

/* What the lines of one condition become. */
typedef struct
{
  SondeCondition *condition;
  const ArraysMatrix *sequences; /* (nullable) */
  guint n_rows;                  /* of the source */
  guint first_row;               /* of the source among those of all sources */
  guint n_kept;                  /* lines that are rows */
  guint n_told;                  /* lines so far */
  guint n_taken;                 /* rows so far */
  gint64 sequence, position;     /* of the line before */
  gboolean named;
  GArray *map; /* of guint: the row of all sources that each row is */
} Target;

typedef struct
{
  ArraysLayout *layout;
  ArraysRows *rows;
  gboolean divided;   /* the table divides the rows of the only source among conditions */
  GHashTable *places; /* a condition's name → its place in the targets + 1 */
  GHashTable *ids;    /* (nullable): its id → the same; none where the table divides the rows */
  GPtrArray *targets; /* of Target */
  guint n_taken;      /* kept lines so far, of all */
  GHashTable *twice;  /* rows of all sources that a line took */
} Table;

static void
target_free (Target *target)
{
  g_object_unref (target->condition);
  g_array_unref (target->map);
  g_free (target);
}

static void
table_clear (Table *table)
{
  g_clear_pointer (&table->places, g_hash_table_unref);
  g_clear_pointer (&table->ids, g_hash_table_unref);
  g_clear_pointer (&table->targets, g_ptr_array_unref);
  g_clear_pointer (&table->twice, g_hash_table_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Table, table_clear)

static gboolean
fail_line (const Table *table,
           const ArraysRow *row,
           const char *problem,
           GError **error)
{
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s, line %u: %s: correct it"), table->rows->name, row->line, problem);
  return FALSE;
}

static Target *
add_target (Table *table,
            SondeCondition *condition,
            const ArraysMatrix *sequences,
            guint source,
            guint first_row)
{
  Target *target = g_new0 (Target, 1);

  *target = (Target){ .condition = condition, .sequences = sequences, .first_row = first_row, .sequence = -1, .position = -1 };
  target->n_rows = arrays_layout_get (table->layout, 0, 0, source)->matrix->n_rows;
  target->map = g_array_new (FALSE, FALSE, sizeof (guint));
  g_ptr_array_add (table->targets, target);
  return target;
}

/* The conditions that the table names, in the order of their first lines, or those of them that are wanted. */
static gboolean
make_divisions (Table *table,
                const char *wanted,
                GError **error)
{
  g_autoptr (GHashTable) used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) conditions = g_ptr_array_new_with_free_func (g_object_unref);
  const ArraysMatrix *sequences = find_sequences (table->layout, 0);

  if (table->rows->rows->len == 0)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s has no lines but the first: one for each row is expected"), table->rows->name);
      return FALSE;
    }
  for (guint i = 0; i < table->rows->rows->len; i++)
    {
      const ArraysRow *row = &g_array_index (table->rows->rows, ArraysRow, i);
      g_autofree char *id = NULL;

      if (g_hash_table_contains (table->places, row->condition))
        continue;
      id = arrays_make_id (row->condition, used);
      g_ptr_array_add (conditions, sonde_condition_new_plain (id, 0));
      if (!g_str_equal (id, row->condition))
        g_object_set (g_ptr_array_index (conditions, conditions->len - 1), "title", row->condition, NULL);
      g_hash_table_insert (table->places, (gpointer) row->condition, GUINT_TO_POINTER (conditions->len));
    }
  if (!arrays_grid_choose_conditions (&conditions, table->places, wanted, error))
    return FALSE;
  for (guint i = 0; i < conditions->len; i++)
    add_target (table, g_object_ref (g_ptr_array_index (conditions, i)), sequences, 0, 0);
  return TRUE;
}

static void
take_sources (Table *table)
{
  guint first_row = 0;

  table->ids = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < table->layout->conditions->len; i++)
    {
      SondeCondition *condition = g_ptr_array_index (table->layout->conditions, i);

      add_target (table, g_object_ref (condition), find_sequences (table->layout, i), i, first_row);
      g_hash_table_insert (table->ids, (gpointer) sonde_condition_get_id (condition), GUINT_TO_POINTER (i + 1));
      first_row += sonde_condition_get_n_rows (condition);
    }
  table->places = g_hash_table_ref (table->layout->source_places);
}

/* Of which condition a line is: NULL without an error for one that nobody wants. */
static Target *
find_target (const Table *table,
             const ArraysRow *row)
{
  const char *name = row->condition;
  guint place;

  if (name == NULL)
    return g_ptr_array_index (table->targets, 0);
  place = GPOINTER_TO_UINT (g_hash_table_lookup (table->places, name));
  if (place == 0 && table->ids != NULL)
    place = GPOINTER_TO_UINT (g_hash_table_lookup (table->ids, name));
  return place > 0 ? g_ptr_array_index (table->targets, place - 1) : NULL;
}

static gboolean
count_lines (Table *table,
             ArraysFile *file,
             gboolean chosen,
             GError **error)
{
  g_autoptr (GPtrArray) unknown = g_ptr_array_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < table->rows->rows->len; i++)
    {
      const ArraysRow *row = &g_array_index (table->rows->rows, ArraysRow, i);
      Target *target = find_target (table, row);

      table->n_taken += row->kept;
      if (target == NULL)
        {
          if (!chosen && g_hash_table_add (seen, (gpointer) row->condition))
            g_ptr_array_add (unknown, (gpointer) row->condition);
          continue;
        }
      target->named = TRUE;
      target->n_kept += row->kept;
    }
  if (unknown->len == 0)
    return TRUE;
  {
    g_autofree char *list = arrays_list_names (unknown, TRUE);

    g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s names conditions that %s has not: %s: correct them, or leave them out"), table->rows->name, file->name, list);
  }
  return FALSE;
}

static gboolean
fail_count (const Table *table,
            const Target *target,
            guint n_kept,
            GError **error)
{
  const char *name = sonde_condition_get_id (target->condition);

  if (table->divided && target->n_kept > 0)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("%s has %u rows, and the arrays have %u: one line for each row is expected, and kept=0 in lines of other tokens"), table->rows->name, n_kept, target->n_rows);
  else
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("%s has %u rows of condition %s, and the arrays have %u: one line for each row is expected, and kept=0 in lines of other tokens"), table->rows->name, target->n_kept, name, target->n_rows);
  return FALSE;
}

/* As many lines as rows; where lines name their rows, at most as many. */
static gboolean
check_counts (Table *table,
              GError **error)
{
  for (guint i = 0; i < table->targets->len; i++)
    {
      const Target *target = g_ptr_array_index (table->targets, i);
      const guint n_kept = table->divided ? table->n_taken : target->n_kept;

      if (!target->named)
        continue;
      if (target->n_kept == 0 || (table->rows->has_row ? n_kept > target->n_rows : n_kept != target->n_rows))
        return fail_count (table, target, n_kept, error);
      if (n_kept < target->n_rows && (!table->divided || i == 0)) /* the conditions of a divided source share its rows */
        g_ptr_array_add (table->layout->warnings, SONDE_WORDS (g_strdup_printf (_ ("%s names %u of the %u rows: the others are left out"), table->rows->name, n_kept, target->n_rows)));
    }
  table->n_taken = 0;
  return TRUE;
}

/* Which row of the source a kept line is. */
static gboolean
find_row (Table *table,
          const Target *target,
          const ArraysRow *row,
          guint *source_row,
          GError **error)
{
  if (!table->rows->has_row)
    *source_row = table->divided ? table->n_taken : target->n_taken;
  else if (row->row >= target->n_rows)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s, line %u: it names row %" PRId64 ", and there are %u, which count from 0"), table->rows->name, row->line, row->row, target->n_rows);
      return FALSE;
    }
  else
    *source_row = (guint) row->row;
  *source_row += target->first_row;
  return g_hash_table_add (table->twice, GUINT_TO_POINTER (*source_row)) || fail_line (table, row, _ ("its row was named before"), error);
}

/* What the table does not say of a line's place in its sequences follows from the lines before, or from the axes. */
static void
complete (const Table *table,
          Target *target,
          const ArraysRow *row,
          guint source_row)
{
  const ArraysRows *rows = table->rows;
  gint64 sequence = row->sequence, position = row->position;

  if (rows->has_sequence && !rows->has_position)
    position = sequence == target->sequence ? target->position + 1 : 0;
  else if (!rows->has_sequence && rows->has_position)
    sequence = target->sequence < 0 ? 0 : target->sequence + (position <= target->position);
  else if (!rows->has_sequence && target->sequences != NULL && row->kept)
    {
      sequence = (source_row - target->first_row) / target->sequences->n_positions;
      position = (source_row - target->first_row) % target->sequences->n_positions;
    }
  else if (!rows->has_sequence)
    {
      sequence = target->n_told;
      position = 0;
    }
  target->sequence = sequence;
  target->position = position;
}

static gboolean
tell_line (Table *table,
           const ArraysRow *row,
           GError **error)
{
  Target *target = find_target (table, row);
  guint source_row = 0;

  if (target != NULL && row->kept && !find_row (table, target, row, &source_row, error))
    return FALSE;
  table->n_taken += row->kept;
  if (target == NULL)
    return TRUE;
  complete (table, target, row, source_row);
  if (!sonde_condition_add_token (target->condition, (guint) target->sequence, (guint) target->position, row->token_id, row->text, row->kept))
    return fail_line (table, row, _ ("its sequence and position do not come after those of the line before"), error);
  target->n_told++;
  if (!row->kept)
    return TRUE;
  target->n_taken++;
  g_array_append_val (target->map, source_row);
  return TRUE;
}

/* Conditions know how many rows they have from the beginning. */
static void
renew_conditions (Table *table)
{
  for (guint i = 0; i < table->targets->len; i++)
    {
      Target *target = g_ptr_array_index (table->targets, i);
      g_autofree char *title = NULL;
      SondeCondition *condition;

      if (!target->named)
        continue;
      g_object_get (target->condition, "title", &title, NULL);
      condition = sonde_condition_new_plain (sonde_condition_get_id (target->condition), target->n_kept);
      if (title != NULL && !g_str_equal (title, sonde_condition_get_id (condition)))
        g_object_set (condition, "title", title, NULL);
      g_object_unref (target->condition);
      target->condition = condition;
    }
}

/* The map of all rows; none where each row stays where it is. */
static void
join_maps (Table *table)
{
  ArraysLayout *layout = table->layout;
  gboolean moved = FALSE;
  guint n_rows = 0;

  for (guint i = 0; i < layout->n_sources; i++)
    n_rows += arrays_layout_get (layout, 0, 0, i)->matrix->n_rows;
  layout->row_map = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < table->targets->len; i++)
    {
      Target *target = g_ptr_array_index (table->targets, i);

      for (guint row = 0; !target->named && row < target->n_rows; row++)
        {
          const guint place = target->first_row + row;

          g_array_append_val (layout->row_map, place);
        }
      g_array_append_vals (layout->row_map, target->map->data, target->map->len);
    }
  moved = layout->row_map->len != n_rows;
  for (guint i = 0; !moved && i < n_rows; i++)
    moved = g_array_index (layout->row_map, guint, i) != i;
  if (!moved)
    g_clear_pointer (&layout->row_map, g_array_unref);
}

static void
replace_conditions (Table *table)
{
  ArraysLayout *layout = table->layout;

  g_ptr_array_unref (layout->conditions);
  layout->conditions = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < table->targets->len; i++)
    g_ptr_array_add (layout->conditions, g_object_ref (((Target *) g_ptr_array_index (table->targets, i))->condition));
}

static gboolean
apply_table (ArraysLayout *layout,
             ArraysFile *file,
             ArraysRows *rows,
             const ArraysOptions *options,
             GError **error)
{
  g_auto (Table) table = { .layout = layout, .rows = rows, .divided = layout->unnamed && rows->has_condition };

  table.targets = g_ptr_array_new_with_free_func ((GDestroyNotify) target_free);
  table.twice = g_hash_table_new (NULL, NULL);
  if (!rows->has_condition && layout->conditions->len > 1)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s has no column “condition”, and %s has %u conditions: add it, so that each line says to which its row belongs"), rows->name, file->name, layout->conditions->len);
      return FALSE;
    }
  if (table.divided)
    {
      table.places = g_hash_table_new (g_str_hash, g_str_equal);
      if (!make_divisions (&table, options->conditions, error))
        return FALSE;
    }
  else
    take_sources (&table);
  if (!count_lines (&table, file, options->conditions != NULL && *options->conditions != '\0', error) || !check_counts (&table, error))
    return FALSE;
  renew_conditions (&table);
  for (guint i = 0; i < rows->rows->len; i++)
    if (!tell_line (&table, &g_array_index (rows->rows, ArraysRow, i), error))
      return FALSE;
  join_maps (&table);
  replace_conditions (&table);
  for (guint i = 0; !table.divided && i < table.targets->len; i++)
    if (!((Target *) g_ptr_array_index (table.targets, i))->named)
      tell_positions (layout, i);
  return TRUE;
}

/* ---- all ---- */

/* (transfer full) (nullable): the table that was named, or that lies beside the file. */
static char *
find_table (ArraysFile *file,
            const ArraysOptions *options)
{
  g_autofree char *beside = NULL;
  const char *dot = strrchr (file->path, '.');

  if (options->rows != NULL && *options->rows != '\0')
    return g_strdup (options->rows);
  if (file->folder)
    beside = g_build_filename (file->path, "rows.csv", NULL);
  else
    beside = g_strdup_printf ("%.*s.rows.csv", (int) (dot != NULL ? dot - file->path : (gssize) strlen (file->path)), file->path);
  return g_file_test (beside, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer (&beside) : NULL;
}

gboolean
arrays_origins_apply (ArraysLayout *layout,
                      ArraysFile *file,
                      const ArraysOptions *options,
                      GError **error)
{
  g_autofree char *path = find_table (file, options);
  g_autoptr (ArraysRows) rows = NULL;

  if (path != NULL && layout->described && options->rows != NULL && *options->rows != '\0')
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("%s says itself from where its rows come: leave out the property rows"), file->name);
      return FALSE;
    }
  if (path != NULL && layout->described)
    g_ptr_array_add (layout->warnings, SONDE_WORDS (g_strdup_printf (_ ("%s is not used: %s says itself from where its rows come"), path, file->name)));
  if (layout->described)
    return TRUE;
  if (path != NULL)
    {
      rows = arrays_rows_load (path, error);
      if (rows == NULL || !apply_table (layout, file, rows, options, error))
        return FALSE;
      layout->rows_path = g_steal_pointer (&path);
    }
  else if (layout->unnamed && !arrays_grid_choose_conditions (&layout->conditions, layout->source_places, options->conditions, error))
    return FALSE;
  for (guint i = 0; rows == NULL && i < layout->n_sources; i++)
    tell_positions (layout, i);
  return TRUE;
}
