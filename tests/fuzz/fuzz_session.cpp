// Any bytes are refused with an Error or are a session that is written and read back the same.
#include "core/session/session_file.h"
#include "tests/fuzz/property.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatescope;
  session::SessionFile file;
  try {
    file = session::parse_session(fuzz::text_of(data, size), "fuzz");
  } catch (const Error& error) {
    fuzz::require_one_line(error);
    return 0;
  }
  fuzz::require(file.capture.training || !file.capture.models.empty(), "a session trains or shows models");
  const std::string bytes = session::to_bytes(file);
  const session::SessionFile again = session::parse_session(bytes, "again");
  fuzz::require(again.capture.experiment == file.capture.experiment, "the experiment reads back the same");
  fuzz::require(again.capture.probe == file.capture.probe, "the probe reads back the same");
  fuzz::require(again.window == file.window, "what was chosen in the window reads back the same");
  fuzz::require(session::to_bytes(again) == bytes, "a session reads back the same");
  return 0;
}
