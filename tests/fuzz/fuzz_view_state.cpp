// What a session says of the window is refused with an Error or reads back the same.
#include "app/desk/view_state.h"
#include "core/json/json_reader.h"
#include "tests/fuzz/property.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatescope;
  try {
    const nlohmann::json json = parse_json(fuzz::text_of(data, size), "fuzz");
    const ui::ViewState view = ui::view_state_from_json(json, "fuzz");
    fuzz::require(ui::view_state_from_json(ui::to_json(view), "again") == view,
                  "a view state reads back the same");
    fuzz::require(!view.open.empty() && view.model < 4 && view.layer >= 0 && view.step >= 0,
                  "what is chosen can be there");
  } catch (const Error& error) {
    fuzz::require_one_line(error);
  }
  return 0;
}
