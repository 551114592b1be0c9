#include "app/platform/output.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/in_quotes.h"

namespace gatescope::app {
namespace {

// What became of the standard output: there is one a process, and every subcommand prints to it.
struct Output {
  std::string waiting;  // not written yet
  bool closed = false;  // from the start
  bool printed = false;
  int trouble = 0;  // errno of the first write that failed
};
Output output;

/// Every byte, however many calls it takes. Returns 0 or errno.
int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      // Somebody made the terminal non-blocking. Results wait for it, notes not for long.
      pollfd reader{descriptor, POLLOUT, 0};
      if (::poll(&reader, 1, descriptor == STDERR_FILENO ? 1000 : -1) == 0) return EAGAIN;
      continue;
    }
    if (written <= 0) return written < 0 ? errno : EIO;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

std::string printable_lines(std::string_view lines) {
  std::string shown;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    shown += printable(lines.substr(0, end));
    if (end == std::string_view::npos) break;
    shown += '\n';
    lines.remove_prefix(end + 1);
  }
  return shown;
}

}  // namespace

void prepare_streams() {
  for (const int descriptor : {0, 1, 2}) {
    if (fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    if (descriptor == STDOUT_FILENO) output.closed = true;
    // The lowest free descriptor is this one, so no file of ours ever becomes a standard stream. Reading the
    // input and writing the output stay an error, since nobody hears of it otherwise.
    const int opened = ::open("/dev/null", descriptor == 0 ? O_WRONLY : descriptor == 1 ? O_RDONLY : O_RDWR);
    if (opened > 2) ::close(opened);
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

void print_raw(std::string_view text) {
  output.printed = output.printed || !text.empty();
  output.waiting += text;
  if (output.waiting.size() >= 1 << 16 || output_is_terminal()) flush_output();
}

void print_lines(std::string_view lines) {
  print_raw(printable_lines(lines));
}

void print_beside_lines(const std::filesystem::path& file, std::string_view lines) {
  if (!is_standard_output(file)) return print_lines(lines);
  if (output.closed) fail("the results could not be written: the standard output is closed");
  note_lines(lines);
}

void note_raw(std::string_view text) {
  flush_output();  // both may be one terminal
  write_all(STDERR_FILENO, text);
}

void note_lines(std::string_view lines) {
  note_raw(printable_lines(lines));
}

void note_now(std::string_view text) {
  pollfd error{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&error, 1, 0) == 1) note_raw(text);
}

void flush_output() {
  if (output.trouble == 0 && !output.closed) output.trouble = write_all(STDOUT_FILENO, output.waiting);
  output.waiting.clear();
}

bool output_failed() {
  return output.trouble != 0 || output.closed;
}

bool output_is_terminal() {
  return isatty(STDOUT_FILENO) != 0;
}

void finish_output(bool closed_is_right) {
  flush_output();
  if (!std::exchange(output.printed, false)) return;
  if (output.closed && !closed_is_right)
    fail("the results could not be printed: the standard output is closed");
  if (output.trouble != 0)
    fail("what was printed could not be delivered to the standard output: {}", std::strerror(output.trouble));
}

std::string in_shell(std::string_view word) {
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || c >= 0x80 ||
           std::string_view("%+,-./:=@_").find(static_cast<char>(c)) != std::string_view::npos;
  };
  // A name that looks like an option is none behind its folder.
  const std::string text = (word.starts_with('-') ? "./" : "") + std::string(word);
  if (printable(text) != text) {
    std::string quoted = "$'";
    for (const char c : text) {
      if (c == '\'' || c == '\\')
        quoted += {'\\', c};
      else if (c >= 0x20 && c < 0x7F)
        quoted += c;
      else
        quoted += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    }
    return quoted + "'";
  }
  if (!text.empty() && std::ranges::all_of(text, plain)) return text;
  std::string quoted = "'";
  for (const char c : text) c == '\'' ? quoted += "'\\''" : quoted += c;
  return quoted + "'";
}

}  // namespace gatescope::app
