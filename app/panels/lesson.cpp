// The strip of a lesson: what it says, what it asks, and how one goes on.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "app/kit/draw.h"
#include "app/kit/letters.h"
#include "app/panels/panels.h"
#include "core/error.h"

namespace gatescope::ui {
namespace {

using LessonRun = lesson::Run::Kind;

float line_height(const Look& look) {
  const WithFont font(look.regular);
  return std::round(ImGui::GetFontSize() * 1.35f);
}

float row_height(const Look& look) {
  return std::round(look.px(34));
}

ImFont* font_of(const Look& look, LessonRun kind) {
  return kind == LessonRun::words || kind == LessonRun::control ? look.regular : look.bold;
}

float width_of(const Look& look, const LessonBlock::Word& word) {
  const WithFont font(font_of(look, word.kind));
  return text_size(word.text).x;
}

/// A run's text cut into words; what hangs together without a space breaks no line.
struct Cutter {
  std::vector<std::vector<LessonBlock::Word>> clusters{1};
  std::vector<char> breaks{0};  // before a cluster, a line ends

  void add(const lesson::Run& run) {
    std::string word;
    const auto end_word = [&] {
      if (!word.empty()) clusters.back().push_back({.text = word, .kind = run.kind, .what = run.what});
      word.clear();
    };
    for (const char c : run.text) {
      if (c != ' ' && c != '\n') {
        word += c;
        continue;
      }
      end_word();
      if (!clusters.back().empty()) clusters.emplace_back(), breaks.push_back(0);
      if (c == '\n') breaks.back() = 1;
    }
    end_word();
  }
};

LessonBlock lay_out(const Look& look, const std::vector<lesson::Run>& runs, float width) {
  Cutter cutter;
  for (const lesson::Run& run : runs) cutter.add(run);
  LessonBlock block;
  float space = 0;
  {
    const WithFont font(look.regular);
    space = text_size(" ").x;
  }
  float x = 0;
  int line = 0;
  for (std::size_t k = 0; k < cutter.clusters.size(); ++k) {
    auto& cluster = cutter.clusters[k];
    if (cluster.empty()) continue;
    float all = 0;
    for (LessonBlock::Word& word : cluster) all += word.width = width_of(look, word);
    if (x > 0 && (cutter.breaks[k] != 0 || x + all > width)) x = 0, ++line;
    for (LessonBlock::Word& word : cluster) {
      word.x = x;
      word.line = line;
      x += word.width;
      block.words.push_back(std::move(word));
    }
    x += space;
  }
  block.lines = block.words.empty() ? 0 : line + 1;
  return block;
}

ImU32 color_of(const Look& look, const Workbench& bench, const LessonBlock::Word& word) {
  if (word.kind == LessonRun::control) return look.accent;
  const nn::CellInfo* cell = bench.shown().cell();
  if (word.kind != LessonRun::channel || !cell) return look.text;
  const int channel = cell->find(word.what);
  return channel == nn::kNone ? look.text : legible(look, channel_color(look, *cell, channel));
}

/// Draws it; notes the control whose word is pointed at.
void draw_block(const Look& look, const Workbench& bench, LessonStrip& strip, const LessonBlock& block,
                ImVec2 at) {
  const float line = line_height(look);
  for (const LessonBlock::Word& word : block.words) {
    const WithFont font(font_of(look, word.kind));
    const ImVec2 low{at.x + word.x, at.y + static_cast<float>(word.line) * line};
    const ImVec2 high{low.x + word.width, low.y + line};
    draw_text(low.x, low.y + line / 2, color_of(look, bench, word), word.text);
    if (word.kind != LessonRun::control) continue;
    underline_term(look, low.x, high.x, high.y - look.px(2));
    log_item(look, "lesson word " + word.text, low, high, word.what);
    if (ImGui::IsMouseHoveringRect(low, high)) strip.pointed = word.what;
  }
}

std::string answer_label(const std::string& answer, const std::string& key) {
  return answer + "##lesson answer " + key;
}

float answer_width(const Look& look, const std::string& answer) {
  return std::round(text_size(answer).x + look.px(28));
}

/// How many rows the answers' buttons take; draws them where `act` is set.
template <class Act>
int answers_in_rows(const Look& look, const lesson::Player& player, float width, const Act& act) {
  const auto& choose = std::get<lesson::Choose>(player.step().task);
  const auto& words = player.step_words().answers;
  float x = 0;
  int row = 0;
  for (std::size_t k = 0; k < words.size(); ++k) {
    const float wide = std::min(answer_width(look, words[k]), width);
    if (x > 0 && x + wide > width) x = 0, ++row;
    act(choose.answers[k], words[k], ImVec2{x, static_cast<float>(row) * row_height(look)}, wide);
    x += wide + look.px(8);
  }
  return row + 1;
}

void draw_choice(const Look& look, lesson::Player& player, ImVec2 at, float width) {
  const std::string given = player.answer() ? player.answer()->choice : std::string();
  std::string pressed;
  answers_in_rows(look, player, width,
                  [&](const std::string& key, const std::string& answer, ImVec2 place, float wide) {
                    ImGui::SetCursorScreenPos({at.x + place.x, at.y + place.y});
                    const auto kind = key == given ? Kind::primary : Kind::plain;
                    if (button(look, answer_label(answer, key).c_str(), kind, {}, {wide, 0})) pressed = key;
                  });
  if (!pressed.empty()) player.choose(pressed);
}

void draw_prediction(const Look& look, lesson::Player& player, LessonStrip& strip, ImVec2 at) {
  const auto& predict = std::get<lesson::Predict>(player.step().task);
  const auto low = static_cast<float>(predict.low), high = static_cast<float>(predict.high);
  if (strip.guessed_at != player.step().id) {
    strip.guessed_at = player.step().id;
    const bool known = player.answer() && player.answer()->number;
    strip.guess = known ? static_cast<float>(*player.answer()->number) : (low + high) / 2;
  }
  const float middle = at.y + look.px(14), wide = look.px(280);
  const bool given = player.answer() != nullptr;
  const auto truth = given ? player.truth() : std::nullopt;
  ImGui::SetCursorScreenPos({at.x, middle - std::round(look.px(10))});
  slider(look, "##lesson guess", strip.guess, low, high, look.accent, wide,
         truth ? static_cast<float>(*truth) : std::numeric_limits<float>::quiet_NaN());
  float x = at.x + wide + look.px(14);
  if (given) {
    const std::string text = fmt::format("{} {}   {} {}", strip.phrases.your_guess,
                                         player.written(player.answer()->number, predict.decimals),
                                         strip.phrases.truth, player.written(truth, predict.decimals));
    const WithFont font(look.bold);
    draw_text(x, middle, look.text, text);
    log_item(look, "lesson truth", {x, at.y}, {x + text_size(text).x, at.y + look.px(28)}, text);
    return;
  }
  const std::string now = player.written(static_cast<double>(strip.guess), predict.decimals);
  draw_text(x, middle, look.text, now);
  x += std::max(text_size(now).x, look.px(52)) + look.px(12);
  ImGui::SetCursorScreenPos({x, at.y});
  if (button(look, (strip.phrases.guess + "##lesson").c_str(), Kind::primary))
    player.predict(static_cast<double>(strip.guess));
}

/// What is said before the task: that it is one, or how it went.
std::string state_of(const lesson::Player& player, const LessonStrip& strip) {
  const lesson::Phrases& p = strip.phrases;
  if (player.step().asks()) {
    const auto right = player.is_right();
    return right ? *right ? p.right : p.wrong : p.question;
  }
  if (player.fulfilled()) return p.done;
  return std::holds_alternative<lesson::Wait>(player.step().task) ? p.waiting : p.to_do;
}

float state_width(const Look& look, const LessonStrip& strip) {
  const WithFont font(look.bold);
  float width = 0;
  const lesson::Phrases& p = strip.phrases;
  for (const std::string* each : {&p.question, &p.right, &p.wrong, &p.done, &p.to_do, &p.waiting})
    width = std::max(width, text_size(*each).x);
  return std::round(width + look.px(14));
}

/// "3 / 8   A cell, gate by gate".
std::string place_in(const lesson::Player& player) {
  return fmt::format("{} / {}   {}", player.number() + 1, player.lesson().steps.size(), player.words().title);
}

/// Of a strip so wide.
float buttons_width(const Look& look, const lesson::Player& player, const LessonStrip& strip, float all) {
  const lesson::Phrases& p = strip.phrases;
  const float next = std::max({text_size(p.next).x, text_size(p.skip).x, text_size(p.finish).x});
  const float buttons = text_size(p.back).x + next + look.px(24 * 2 + 8 * 2 + 36);
  const WithFont font(look.small);
  return std::round(std::max(buttons, std::min(text_size(place_in(player)).x, all * 0.3f)));
}

/// How high the place in the lesson is below the buttons, in as many lines as its title takes.
float place_height(const Look& look, const lesson::Player& player, float buttons) {
  const WithFont font(look.small);
  const std::string text = drawable(place_in(player), buttons);
  return std::round(ImGui::CalcTextSize(text.c_str(), nullptr, false, buttons).y + look.px(6));
}

void draw_place(const Look& look, const lesson::Player& player, ImVec2 at, float buttons) {
  const WithFont font(look.small);
  const std::string text = drawable(place_in(player), buttons);
  ImGui::GetWindowDrawList()->AddText(ImGui::GetFont(), ImGui::GetFontSize(), at, look.muted, text.c_str(),
                                      nullptr, buttons);
}

void draw_buttons(const Look& look, lesson::Player& player, const LessonStrip& strip, ImVec2 at,
                  float width) {
  const lesson::Phrases& p = strip.phrases;
  const float back = std::round(text_size(p.back).x + look.px(24));
  const float next = width - back - look.px(36) - look.px(16);
  ImGui::SetCursorScreenPos(at);
  if (button(look, (p.back + "##lesson").c_str(), Kind::plain, {}, {back, 0}, player.number() > 0))
    player.back();
  ImGui::SetCursorScreenPos({at.x + back + look.px(8), at.y});
  const bool done = player.fulfilled();
  const std::string& label = !done ? p.skip : player.is_last() ? p.finish : p.next;
  if (button(look, (label + "##lesson").c_str(), done ? Kind::primary : Kind::plain, {}, {next, 0}))
    return player.next();
  ImGui::SetCursorScreenPos({at.x + width - look.px(36), at.y});
  if (icon_button(look, "##close lesson", Icon::close, Kind::quiet, p.close)) return player.close();
  draw_place(look, player, {at.x, at.y + row_height(look) + look.px(2)}, width);
}

void draw_task(const Look& look, Workbench& bench, lesson::Player& player, LessonStrip& strip, ImVec2 at) {
  const float line = line_height(look), side = state_width(look, strip);
  const std::string state = state_of(player, strip);
  {
    const WithFont font(look.bold);
    const bool good = state == strip.phrases.done || state == strip.phrases.right;
    draw_text(at.x, at.y + line / 2, good ? look.accent : look.text, state);
    log_item(look, "lesson state", at, {at.x + side, at.y + line}, state);
  }
  draw_block(look, bench, strip, strip.task, {at.x + side, at.y});
  at.y += static_cast<float>(strip.task.lines) * line + look.px(4);
  at.x += side;
  if (std::holds_alternative<lesson::Choose>(player.step().task)) {
    const int rows = answers_in_rows(look, player, strip.room, [](auto&&...) {});
    draw_choice(look, player, at, strip.room);
    at.y += static_cast<float>(rows) * row_height(look);
  } else if (std::holds_alternative<lesson::Predict>(player.step().task)) {
    draw_prediction(look, player, strip, at);
    at.y += row_height(look);
  }
  draw_block(look, bench, strip, strip.reveal, at);
}

}  // namespace

float lay_out_lesson(const Look& look, Workbench& bench, const lesson::Player& player, LessonStrip& strip,
                     float width) {
  if (!player.open()) return 0;
  const AsItIs as_it_is;  // it has words of its own
  const session::Snapshot& now = bench.shown().now();
  if (strip.language != player.words().language) {
    strip.language = player.words().language;
    try {
      strip.phrases = lesson::load_phrases(bench.folders().languages, strip.language);
    } catch (const Error&) {  // a message said so when the window began
      strip.phrases = {};
    }
    strip.key = {};
  }
  LessonStrip::Key key{.snapshot = now.version,
                       .readings = now.readings ? now.readings->version : 0,
                       .view = bench.shown().view(),
                       .place = bench.editor().document().lesson,
                       .done = player.fulfilled(),
                       .width = width,
                       .scale = look.scale};
  if (key == strip.key && strip.height > 0) return strip.height;
  strip.key = std::move(key);
  const float buttons = buttons_width(look, player, strip, width), text = width - buttons - look.px(20),
              line = line_height(look);
  const float beside = row_height(look) + std::max(look.px(20), place_height(look, player, buttons));
  const lesson::StepWords& words = player.step_words();
  // Presented, large as it is, what was told gives way to the answer.
  const bool brief = bench.shown().view().presenter && player.answer() && !words.reveal.empty();
  strip.say = brief ? LessonBlock{} : lay_out(look, player.filled(words.say), text);
  strip.task = strip.reveal = {};
  float height = static_cast<float>(strip.say.lines) * line;
  if (!words.task.empty()) {
    // What stands below the buttons may be as wide as the strip.
    const float all = width - look.px(20), side = state_width(look, strip);
    const bool below = height > beside;
    strip.room = (below ? all : text) - side;
    strip.task = lay_out(look, player.filled(words.task), strip.room);
    if (player.answer()) strip.reveal = lay_out(look, player.filled(words.reveal), all - side);
    height += static_cast<float>(strip.task.lines + strip.reveal.lines) * line + look.px(10);
    if (std::holds_alternative<lesson::Choose>(player.step().task))
      height +=
          static_cast<float>(answers_in_rows(look, player, strip.room, [](auto&&...) {})) * row_height(look);
    if (std::holds_alternative<lesson::Predict>(player.step().task)) height += row_height(look);
  }
  strip.height = std::round(std::max(height, beside) + look.px(12));
  return strip.height;
}

void draw_lesson(const Look& look, Workbench& bench, lesson::Player& player, LessonStrip& strip,
                 ImVec2 size) {
  if (!player.open()) return;
  const AsItIs as_it_is;
  const ImVec2 low = ImGui::GetCursorScreenPos();
  const ScreenRect all{low, {low.x + size.x, low.y + size.y}};
  fill(all, look.card, look.radius());
  log_item(look, "lesson", all.low, all.high, player.step().id);
  strip.pointed.clear();
  const float inset = look.px(8), buttons = buttons_width(look, player, strip, size.x),
              line = line_height(look);
  ImVec2 at{low.x + inset, low.y + look.px(6)};
  draw_block(look, bench, strip, strip.say, at);
  at.y += static_cast<float>(strip.say.lines) * line + look.px(4);
  if (!player.step_words().task.empty()) draw_task(look, bench, player, strip, at);
  draw_buttons(look, player, strip, {all.high.x - inset - buttons, low.y + look.px(6)}, buttons);
}

const ItemLog::Item* item_pointed_at(const ItemLog& items, std::string_view label) {
  if (label.empty()) return nullptr;
  const std::string_view words = label.substr(0, label.find("##"));
  const std::string_view place =
      label.size() > words.size() ? label.substr(words.size()) : std::string_view();
  for (const ItemLog::Item& item : items.items) {
    const std::string_view whole = item.label;
    if (whole == label || (!place.empty() && whole.starts_with(words) && whole.ends_with(place)))
      return &item;
  }
  return items.find(label);
}

namespace {

/// Read once for a language, as the menu is drawn in every frame.
void list_lessons(const std::filesystem::path& folder, const std::string& language, LessonStrip& strip) {
  if (strip.listed_in == language) return;
  strip.listed_in = language;
  strip.listed.clear();
  for (const std::filesystem::path& file : lesson::lessons_in(folder)) {
    try {
      const lesson::Lesson each = lesson::load_lesson(file);
      const lesson::Words words = lesson::load_words(each, lesson::nearest_language(each, language));
      strip.listed.push_back({each.name, words.title, words.sentence});
    } catch (const Error&) {  // `lesson check` says why
    }
  }
}

}  // namespace

std::vector<MenuEntry> lesson_entries(Workbench& bench, LessonStrip& strip) {
  const LessonPlace& place = bench.editor().document().lesson;
  const std::string& language = bench.language().code;
  list_lessons(lesson::lessons_among(bench.folders().presets), language, strip);
  std::vector<MenuEntry> entries;
  for (const LessonStrip::Listed& each : strip.listed)
    entries.push_back({.name = each.title,
                       .act =
                           [&bench, name = each.name, language] {
                             bench.act(OpenLesson{name, language});
                           },
                       .chosen = place.lesson == each.name,
                       .about = each.sentence});
  entries.push_back({});
  const bool recording = bench.editor().document().window.recording;
  entries.push_back({.name = recording ? "Stop recording the lesson" : "Record a lesson",
                     .act = [&bench, recording] { bench.act(RecordLesson{!recording}); },
                     .tip = "What you do is kept as the steps of a lesson, in a file."});
  if (place.open())
    entries.push_back({.name = "Close the lesson", .act = [&bench] { bench.act(CloseLesson{}); }});
  return entries;
}

}  // namespace gatescope::ui
