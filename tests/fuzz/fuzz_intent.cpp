// Any text is refused with an Error or is a list of intents that is written and read back the same; what they
// make of a document one after the other can be kept in a session and opened again.
#include "app/desk/intent.h"
#include "core/json/json_reader.h"
#include "core/session/session_file.h"
#include "tests/fuzz/property.h"

namespace gatescope {
namespace {

void check_document(const ui::Document& document) {
  const ui::ViewState& view = document.view;
  fuzz::require(ui::view_state_from_json(ui::to_json(view), "the view") == view,
                "what is looked at can be kept");
  fuzz::require(!view.open.empty() && view.model < 4 && view.layer >= 0 && view.step >= 0,
                "what is chosen can be there");
  fuzz::require(session::probe_from_json(session::to_json(document.probe), "the probe") == document.probe,
                "the probe can be kept");
  fuzz::require(document.replay.direction >= -1 && document.replay.direction <= 1 &&
                    document.replay.position >= 0 && document.replay.pulse.value_or(0) >= 0,
                "the replay is somewhere");
  fuzz::require(!document.window.quit_when_saved || document.window.dialog == ui::Dialog::save_session,
                "the window is closed after saving where saving is asked for");
  ui::wants_one_loss(view);
}

std::string written(const std::vector<ui::Intent>& intents) {
  nlohmann::json list = nlohmann::json::array();
  for (const ui::Intent& intent : intents) list.push_back(ui::to_json(intent));
  return list.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

}  // namespace
}  // namespace gatescope

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatescope;
  std::vector<ui::Intent> intents;
  try {
    intents = ui::intents_from_json(parse_json(fuzz::text_of(data, size), "fuzz"), "fuzz");
  } catch (const Error& error) {
    fuzz::require_one_line(error);
    return 0;
  }
  const std::string text = written(intents);
  const auto again = ui::intents_from_json(parse_json(text, "again"), "again");
  fuzz::require(again == intents, "intents read back the same");
  fuzz::require(written(again) == text, "intents are written one way");

  ui::Document document;
  for (const ui::Intent& intent : intents) {
    const ui::Document next = ui::reduce(document, intent);
    fuzz::require(ui::reduce(document, intent) == next, "the same intent leads to the same document");
    check_document(next);
    ui::command_of(intent);
    // Looking changes nothing that undo would have to bring back.
    if (ui::undo_name(intent).empty())
      fuzz::require(next.experiment == document.experiment && next.probe == document.probe,
                    "what undo leaves alone changes no experiment");
    document = next;
  }
  return 0;
}
