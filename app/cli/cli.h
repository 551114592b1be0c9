#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/math/thread_pool.h"

namespace gatescope::app {

/// An option whose value makes no sense: exit code 2, as for one that does not exist.
struct UsageError : Error {
  using Error::Error;
};

template <class... Args>
[[noreturn]] void usage(fmt::format_string<Args...> format, Args&&... args) {
  throw UsageError(fmt::format(format, std::forward<Args>(args)...));
}

struct ModelOptions;

/// What a subcommand does once its arguments are read; returns the exit code.
using Action = std::function<int()>;

/// The most threads that are of use.
inline constexpr int kMostThreads = 256;
/// How many are used where the user named none: one a core.
inline int usual_threads() {
  return std::min(default_threads(), kMostThreads);
}

// Each adds its subcommand and sets `action` where it was chosen.
void add_train(CLI::App& program, Action& action);
void add_sample(CLI::App& program, Action& action);
void add_trace(CLI::App& program, Action& action);
void add_figure(CLI::App& program, Action& action);
void add_analyze(CLI::App& program, Action& action);
void add_evaluate(CLI::App& program, Action& action);
void add_decode(CLI::App& program, Action& action);
void add_forecast(CLI::App& program, Action& action);
void add_series(CLI::App& program, Action& action);
void add_bench(CLI::App& program, Action& action);
void add_verify(CLI::App& program, Action& action);
void add_presets(CLI::App& program, Action& action);
void add_lesson(CLI::App& program, Action& action);
void add_cells(CLI::App& program, Action& action);
void add_screenshot(CLI::App& program, Action& action);
void add_describe(CLI::App& program, Action& action);

/// The program without a subcommand: its window, which opens what is named, and says into the file `items`,
/// unless it is empty, what is on it.
int open_window(const std::vector<std::string>& names, const std::string& items, const ModelOptions& model,
                const std::string& language);

}  // namespace gatescope::app
