#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* A property's GParamSpec is its declaration everywhere: command line, recipe key, inspect page, check and provenance. */

/**
 * SONDE_PARAM_PATH:
 *
 * A flag of properties whose value is a file's path, of type string. A recipe may give it the path of a file beside the recipe, and no
 * other: recipes come from strangers. It is 1 << G_PARAM_USER_SHIFT.
 */
#define SONDE_PARAM_PATH 256

/* The options of a class: readable and writable properties, in the order of their installation, without those of GObject.
 * (transfer container) */
GParamSpec **sonde_properties_list (GObjectClass *klass, guint *n_properties);
/* Reads @text as a value of the property and sets it; unknown names list the valid ones, wrong values the range or the words.
 * @owner names the object in sentences. */
gboolean sonde_property_set (GObject *object, const char *owner, const char *name, const char *text, GError **error);
/* The value as sonde_property_set would read it. */
char *sonde_property_dup_text (GObject *object, GParamSpec *pspec);
/* What a value of an enumeration means, for people; NULL where nobody says. An enumeration explains a value in its value_name, which
 * has no other use here: { LAB_METHOD_MEAN, "The mean of all rows", "mean" }. A name as C has it, without a blank, explains nothing. */
const char *sonde_property_get_value_blurb (const GEnumValue *value);
/* "integer from 1 to 1000000", "one of pearson, spearman" */
char *sonde_property_dup_range (GParamSpec *pspec);
char *sonde_property_dup_default (GParamSpec *pspec);
/* In class_init: a property whose value is a field of the instance, so that no function has to be written that reads or sets it. */
void sonde_property_install_field (GObjectClass *klass, GParamSpec *pspec, gsize offset);

G_END_DECLS
