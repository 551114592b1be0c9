#pragma once

#include <concepts>
#include <string>

#include "core/error.h"

namespace gatescope {

/// What the Error says that this throws; "no error" where it throws none.
template <std::invocable Action>
std::string error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace gatescope
