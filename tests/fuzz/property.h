#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "core/error.h"
#include "core/in_quotes.h"

/// What all fuzz targets share.
namespace gatescope::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Ends the process where a property does not hold; libFuzzer keeps the input then.
inline void require(bool holds, std::string_view property) {
  if (holds) return;
  std::fprintf(stderr, "this does not hold: %.*s\n", static_cast<int>(property.size()), property.data());
  std::abort();
}

/// What is refused is told on one line that a terminal shows as it is.
inline void require_one_line(const Error& error) {
  const std::string_view said = error.what();
  if (!said.empty() && printable(said) == said) return;
  std::fprintf(stderr, "the message: %s\n", printable(said).c_str());
  require(false, "a message is one printable line");
}

}  // namespace gatescope::fuzz
