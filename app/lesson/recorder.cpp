#include "app/lesson/recorder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "app/desk/intent_words.h"
#include "core/files.h"

namespace gatescope::lesson {
namespace fs = std::filesystem;
namespace {

constexpr double kOneStep = 1.5;  // seconds between what belongs together

/// What is about the window itself, about files of one's own, or about lessons.
constexpr std::array<std::string_view, 25> kLeftOut{"open_dialog",
                                                    "close_dialog",
                                                    "open_menu",
                                                    "close_menu",
                                                    "open_view_menu",
                                                    "type_rule",
                                                    "choose_export",
                                                    "set_fullscreen",
                                                    "quit",
                                                    "save_session",
                                                    "export_figure",
                                                    "cancel_export",
                                                    "cancel_opening",
                                                    "dismiss_notice",
                                                    "open_left_behind",
                                                    "throw_away_left_behind",
                                                    "keep_left_behind",
                                                    "open_lesson",
                                                    "go_on_lesson",
                                                    "answer_lesson",
                                                    "close_lesson",
                                                    "record_lesson",
                                                    "set_language",
                                                    "mark",
                                                    "unmark"};

std::string_view name_of(const ui::Intent& intent) {
  return std::visit([](const auto& kind) -> std::string_view { return kind.name; }, intent);
}

/// A brace would begin a reference.
std::string without_braces(std::string text) {
  std::string out;
  for (const char c : text) out += c == '{' ? std::string("{{") : std::string(1, c);
  return out;
}

/// A name that no file has yet.
fs::path free_name(const fs::path& folder) {
  std::error_code code;
  for (int k = 1;; ++k) {
    const fs::path path = folder / fmt::format("lesson_{}.json", k);
    if (!fs::exists(path, code)) return path;
  }
}

}  // namespace

Recorder::Recorder(ui::Workbench& bench) : bench_(bench) {
  bench_.editor().set_recorder([this](const ui::Intent& intent) { take(intent); });
}

Recorder::~Recorder() {
  bench_.editor().set_recorder({});
}

void Recorder::take(const ui::Intent& intent) {
  if (!on_ || std::ranges::find(kLeftOut, name_of(intent)) != kLeftOut.end()) return;
  const double time = bench_.editor().time();
  std::string words = ui::in_words(intent, bench_.editor().document());
  if (words.empty()) {
    words = name_of(intent);
    std::ranges::replace(words, '_', ' ');
  }
  if (steps_.empty() || time - steps_.back().last > kOneStep) steps_.emplace_back();
  Recorded& step = steps_.back();
  step.last = time;
  // Of what is only looked at the last choice counts.
  const bool replaces = !step.set.empty() && ui::undo_name(intent).empty() && !ui::command_of(intent) &&
                        name_of(step.set.back()) == name_of(intent) && name_of(intent) != "show_beside";
  if (replaces) {
    step.set.back() = intent;
    return;
  }
  step.set.push_back(intent);
  step.words += (step.words.empty() ? "" : ", ") + words;
}

void Recorder::tick() {
  const bool on = bench_.editor().document().window.recording;
  if (on == on_) return;
  on_ = on;
  if (on) {
    steps_.clear();
    if (!bench_.editor().preset().empty())
      steps_.push_back({{ui::OpenPreset{bench_.editor().preset()}}, "open preset", bench_.editor().time()});
    bench_.notices().say("What you do from now on becomes the steps of a lesson.");
  } else {
    write();
  }
}

void Recorder::write() {
  if (steps_.empty()) return bench_.notices().say("Nothing was done: no lesson was written.");
  nlohmann::json steps = nlohmann::json::array(), words = nlohmann::json::object();
  for (std::size_t k = 0; k < steps_.size(); ++k) {
    const std::string id = fmt::format("step_{}", k + 1);
    nlohmann::json set = nlohmann::json::array();
    for (const ui::Intent& intent : steps_[k].set) set.push_back(ui::to_json(intent));
    steps.push_back({{"id", id}, {"set", set}});
    words[id] = {{"say", without_braces(steps_[k].words)}};
  }
  const auto dump = [](const nlohmann::json& json) {
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  };
  try {
    const fs::path file = free_name(bench_.folders().exports);
    fs::path english = file;
    english.replace_extension(".en.json");
    write_file(file, dump({{"minutes", 10}, {"steps", steps}}));
    write_file(english, dump({{"title", file.stem().string()}, {"sentence", "Recorded."}, {"steps", words}}));
    bench_.notices().say(fmt::format("{} has the steps, {} their words: write there what is to be said.",
                                     file.string(), english.string()));
  } catch (const std::exception& error) {
    bench_.notices().say(error.what(), true);
  }
}

}  // namespace gatescope::lesson
