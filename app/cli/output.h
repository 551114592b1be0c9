#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

/// Everything a subcommand says. Results go to the standard output and are an error where they cannot be
/// delivered; progress and notes go to the standard error and never decide about work. Nothing here throws
/// but finish_output.
namespace gatescope::app {

/// Makes the descriptors 0 to 2 safe, and writing to a dead pipe or past a file limit an error instead of an
/// end. First of all in main.
void prepare_streams();

/// Results as they are: text that a model wrote.
void print_raw(std::string_view text);
/// Results made of lines: what a terminal would obey is escaped, but for line breaks.
void print_lines(std::string_view lines);
template <class... Args>
void print(fmt::format_string<Args...> format, Args&&... args) {
  print_lines(fmt::format(format, std::forward<Args>(args)...));
}

/// For people, on the standard error, whether or not anybody can read it. Raw: the escapes of a progress bar.
void note_raw(std::string_view text);
void note_lines(std::string_view lines);
template <class... Args>
void note(fmt::format_string<Args...> format, Args&&... args) {
  note_lines(fmt::format(format, std::forward<Args>(args)...));
}

/// Sends what was printed on its way; trouble is told by finish_output.
void flush_output();
/// Whether the standard output is a terminal.
bool output_is_terminal();
/// Delivers what was printed. Throws Error where anything of it could not be. `closed_is_right`: a standard
/// output that was closed from the start is no trouble, since the results are in files.
void finish_output(bool closed_is_right = false);

}  // namespace gatescope::app
