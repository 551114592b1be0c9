#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <string>
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

/// What is said beside a file that was written: among the results, unless the file itself comes out there.
void print_beside_lines(const std::filesystem::path& file, std::string_view lines);
template <class... Args>
void print_beside(const std::filesystem::path& file, fmt::format_string<Args...> format, Args&&... args) {
  print_beside_lines(file, fmt::format(format, std::forward<Args>(args)...));
}

/// For people, on the standard error, whether or not anybody can read it. Raw: the escapes of a progress bar.
void note_raw(std::string_view text);
void note_lines(std::string_view lines);
template <class... Args>
void note(fmt::format_string<Args...> format, Args&&... args) {
  note_lines(fmt::format(format, std::forward<Args>(args)...));
}

/// The same for what is old soon: left out where saying it would have to wait.
void note_now(std::string_view text);

/// Sends what was printed on its way; trouble is told by finish_output.
void flush_output();
/// Whether printing goes on for nobody: what was printed could not be delivered.
bool output_failed();
/// Whether the standard output is a terminal.
bool output_is_terminal();
/// Delivers what was printed. Throws Error where anything of it could not be. `closed_is_right`: a standard
/// output that was closed from the start is no trouble, since the results are in files.
void finish_output(bool closed_is_right = false);

/// A word as a POSIX shell reads it back (bash, zsh and others, where it has control characters or bytes that
/// are not UTF-8): quoted where it must be.
std::string in_shell(std::string_view word);

}  // namespace gatescope::app
