#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/math/types.h"

namespace gatescope::checkpoint {

/// Reads what a model reads, one entry a number, from the forms that people keep it in:
///   ["a", "b"]                    a JSON array of strings
///   {"a": 0, "b": 1}              a JSON object from entries to numbers, as HuggingFace's vocab.json
///   {"0": "a", "1": "b"}          or from numbers to entries
///   {"stoi": ...}, {"model": {"vocab": ...}}, ...   either within another object, under a usual name
///   lines of UTF-8                an entry a line. A line of one space is the space; an empty line (two
///   where
///                                 a line break was written as itself) is the line break; \n, \t, \r, \\ and
///                                 \u0020 are what they are in JSON. CRLF and LF end lines.
/// `expected` is how many the model reads where that is known, else 0: it decides whether an empty line at
/// the end is an entry. Throws Error that names the origin and the entry: one that is no string, there twice,
/// empty or not UTF-8; a number that is missing, there twice, or none.
std::vector<std::string> parse_vocabulary(std::string_view bytes, std::string_view origin,
                                          Index expected = 0);

/// The same from a file or a pipe. Throws as read_input and parse_vocabulary do.
std::vector<std::string> read_vocabulary(const std::filesystem::path& path, Index expected = 0);

}  // namespace gatescope::checkpoint
