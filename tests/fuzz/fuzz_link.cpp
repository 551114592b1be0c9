// A link is refused with an Error or reads back the same; so is the experiment that it means.
#include "app/desk/link.h"
#include "core/base64url.h"
#include "tests/fuzz/property.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatescope;
  const std::string_view text = fuzz::text_of(data, size);
  if (const auto bytes = from_base64url(text))
    fuzz::require(to_base64url(*bytes) == text, "bytes have one text");
  try {
    const ui::Link link = ui::link_from_text(text);
    fuzz::require(ui::link_from_text(ui::to_text(link)) == link, "a link reads back the same");
    ui::experiment_of(link, {});
  } catch (const Error& error) {
    fuzz::require_one_line(error);
  }
  return 0;
}
