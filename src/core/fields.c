/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/fields.h>

#include <viz/outlet.h>

#include <string.h>

char viz_fields_separator(struct viz_span line)
{
    bool tab = false, comma = false, quoted = false;
    for (size_t i = 0; i < line.size; i++) {
        char c = line.text[i];
        quoted ^= c == '"';
        if (quoted)
            continue;
        if (c == ';')
            return ';';
        tab |= c == '\t';
        comma |= c == ',';
    }
    return tab ? '\t' : comma ? ',' : ' ';
}

static struct viz_span without_quotes(struct viz_span text)
{
    text = viz_span_trim(text);
    if (text.size >= 2 && text.text[0] == '"' && text.text[text.size - 1] == '"')
        text = viz_span_trim((struct viz_span){text.text + 1, text.size - 2});
    return text;
}

static bool parse_whole(struct viz_span text, char point, struct viz_number *out)
{
    const char *end = text.text + text.size;
    return viz_number_parse(text.text, end, point, out) == end;
}

static bool is_number(struct viz_span text, char separator, struct viz_number *out)
{
    if (parse_whole(text, '.', out))
        return true;
    return (separator == ';' || separator == '\t') && parse_whole(text, ',', out);
}

/* A letter of any script, or an underscore. */
static bool begins_name(struct viz_span text)
{
    if (!text.size)
        return false;
    unsigned char c = (unsigned char)text.text[0];
    unsigned char lower = c | 0x20;
    return (lower >= 'a' && lower <= 'z') || c == '_' || c >= 0x80;
}

static bool is_labelled(struct viz_field *field, char separator)
{
    const char *colon = memchr(field->text.text, ':', field->text.size);
    if (!colon || !begins_name(field->text))
        return false;
    size_t size = (size_t)(colon - field->text.text);
    struct viz_span value = {colon + 1, field->text.size - size - 1};
    value = viz_span_trim(value);
    field->label = viz_span_trim((struct viz_span){field->text.text, size});
    return value.size && is_number(value, separator, &field->number);
}

static void classify(struct viz_field *field, char separator)
{
    if (!field->text.size)
        field->kind = VIZ_FIELD_MISSING;
    else if (is_number(field->text, separator, &field->number))
        field->kind = VIZ_FIELD_NUMBER;
    else if (is_labelled(field, separator))
        field->kind = VIZ_FIELD_LABELLED;
    else
        field->kind = VIZ_FIELD_TEXT;
}

/* The end of the field that begins at @at. "name: 1" is one field between blanks too.
 */
static const char *find_end(const char *at, const char *end, char separator)
{
    bool quoted = false, label = false;
    for (; at < end; at++) {
        if (*at == '"')
            quoted = !quoted;
        if (*at != separator || quoted) {
            label = *at == ':';
            continue;
        }
        if (separator != ' ' || !label)
            return at;
    }
    return end;
}

void viz_fields_split(struct viz_span line, char separator, struct viz_fields *out)
{
    const char *at = line.text, *end = line.text + line.size;
    out->count = 0;
    out->trailing = out->overflow = false;
    out->separator = separator;
    memset(out->kinds, 0, sizeof(out->kinds));
    for (;;) {
        while (separator == ' ' && at < end && *at == ' ')
            at++;
        const char *stop = find_end(at, end, separator);
        struct viz_span text =
            without_quotes((struct viz_span){at, (size_t)(stop - at)});
        if (stop == end && !text.size) {
            out->trailing = out->count && separator != ' ';
            return;
        }
        if (out->count == VIZ_MAX_FIELDS) {
            out->overflow = true;
            return;
        }
        struct viz_field *field = &out->field[out->count++];
        field->text = text;
        classify(field, separator);
        out->kinds[field->kind]++;
        if (stop == end)
            return;
        at = stop + 1;
    }
}

void viz_fields_channel(struct viz_span text, struct viz_channel *out)
{
    text = viz_span_trim(text);
    char close = text.size ? text.text[text.size - 1] : 0;
    char open = close == ')' ? '(' : close == ']' ? '[' : 0;
    const char *bracket = open ? memrchr(text.text, open, text.size) : NULL;
    out->unit[0] = 0;
    if (bracket && bracket > text.text) {
        size_t name = (size_t)(bracket - text.text);
        viz_outlet_name((struct viz_span){bracket + 1, text.size - name - 2}, out->unit,
                        sizeof(out->unit));
        text.size = name;
    }
    viz_outlet_name(text, out->name, sizeof(out->name));
}

static bool could_be_name(struct viz_span text)
{
    if (!begins_name(text) || text.size > (size_t)VIZ_MAX_NAME + VIZ_MAX_UNIT)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.text[i];
        if (c < ' ' || c == 0x7f || c == ':' || c == '=')
            return false;
    }
    return true;
}

bool viz_fields_are_names(const struct viz_fields *fields)
{
    uint32_t names = 0;
    for (uint32_t i = 0; i < fields->count; i++) {
        if (!fields->field[i].text.size)
            continue;
        if (!could_be_name(fields->field[i].text))
            return false;
        names++;
    }
    return names > 0 && !fields->overflow;
}
