// Any text is refused with an Error or is a figure that reads back the same.
#include "core/request/request.h"
#include "tests/fuzz/property.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatescope;
  figure::FigureRequest request;
  try {
    request = figure::parse_request(fuzz::text_of(data, size), "fuzz.svg");
  } catch (const Error& error) {
    fuzz::require_one_line(error);
    return 0;
  }
  const std::string text = figure::to_text(request);
  fuzz::require(text.find('\n') == std::string::npos, "a figure's text is one line");
  const figure::FigureRequest again = figure::parse_request(text, "again.svg");
  fuzz::require(figure::to_text(again) == text, "a figure reads back the same");
  fuzz::require(request.models.size() <= figure::most_models, "a figure has no more models than it may");
  return 0;
}
