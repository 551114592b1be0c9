#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "core/plot/figure.h"

namespace gatescope::plot {

/// The figure's data as one tidy table (RFC 4180, UTF-8, '\n'): one row a value. Columns: panel, mark,
/// series, x, y, value, label. The headers of x and y are the axes' titles with their units where all panels
/// agree on them, else the columns x_quantity and y_quantity say them row by row. Numbers have the fewest
/// digits that read back as the same float, or double where they are no floats; nan, inf and -inf are written
/// as such. Matrices are written whole, however dense the picture was; of panels over steps the steps that
/// the figure shows (Figure::steps). Writes it in pieces: it is many times as large as the figure.
void write_csv(std::ostream& out, const Figure& figure);
/// As one string.
std::string to_csv(const Figure& figure);

/// A text as a field of CSV: in quotes where it has to be.
std::string csv_field(std::string_view text);

}  // namespace gatescope::plot
