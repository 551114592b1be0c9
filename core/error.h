#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace gatescope {

/// Something a person can mend: a file, a preset, an argument. The message is one line that names the place
/// (a path, a JSON pointer, an offset), the offending value and what would be right.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws an Error with a formatted message.
template <class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace gatescope
