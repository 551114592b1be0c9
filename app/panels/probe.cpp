// The probe: the text the models are looked at with, every character coloured by one quantity.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/kit/draw.h"
#include "app/kit/letters.h"
#include "app/panels/panels.h"
#include "core/error.h"
#include "core/observe/given_sequence.h"
#include "core/utf8.h"
#include "core/views/text_colours.h"

namespace gatescope::ui {
namespace {

std::string chosen_quantity(const Workbench& bench) {
  if (!bench.shown().view().coloured_by.empty()) return bench.shown().view().coloured_by;
  const nn::CellInfo* cell = bench.shown().cell();
  if (!cell) return "loss";
  const int keep = cell->keep_gate();
  return std::string(
      cell->channels[static_cast<std::size_t>(keep != nn::kNone ? keep : cell->hidden())].symbol);
}

/// As the view text colours them, but that without a unit it is the mean over all that is shown.
views::TextColours colours_of(const Workbench& bench) {
  views::ViewOptions options = bench.shown().view_options();
  options.channel = chosen_quantity(bench);
  options.lens = bench.shown().view().lens;
  return views::text_colours(*bench.shown().observation(), options, views::NoUnit::mean);
}

/// "forget gate fₜ, unit 3": what a step's colour is of.
std::string title_of(const views::TextColours& by, const views::Observation& observation) {
  if (!by.whose.empty()) return by.quantity + ", " + by.whose;
  if (by.quantity != "loss") return by.quantity;
  return fmt::format("loss of what comes next, {}", observation.outcome().score);
}

/// Anew where something that it depends on is new.
const Colouring& colouring_of(const Workbench& bench, const plot::Theme& theme, Colouring& cached) {
  const ViewState& view = bench.shown().view();
  const Colouring::Key key{bench.shown().readings()->version,
                           view.model,
                           view.layer,
                           view.backward,
                           view.unit,
                           view.lens,
                           chosen_quantity(bench)};
  if (cached.key != key) {
    cached.key = key;
    cached.by = {};
    cached.table.clear();
    try {
      cached.by = colours_of(bench);
      cached.title = title_of(cached.by, *bench.shown().observation());
    } catch (const std::exception& error) {
      cached.title = error.what();
    }
  }
  if (cached.table.empty() || cached.theme != theme.name) {
    cached.theme = theme.name;
    cached.table = theme.table(cached.by.colors.map, cached.by.colors.quantity);
  }
  return cached;
}

/// The characters in rows; a click chooses a step.
class Strip {
 public:
  Strip(const Look& look, Workbench& bench, const Colouring& by, Desk& desk)
      : look_(look),
        bench_(bench),
        desk_(desk),
        by_(by),
        characters_(bench.shown().readings()->characters),
        layout_(desk.strip) {}

  /// `row`: only the row of the chosen step is to be seen.
  void draw(bool row = false) {
    ImGui::PushFont(look_.mono);
    const float advance = std::round(ImGui::CalcTextSize("m").x + look_.px(1));
    const float line = std::round(ImGui::GetFontSize() * 1.5f);
    const float room = ImGui::GetContentRegionAvail().x;
    cell_ = {advance, line};
    place(std::max(8, static_cast<int>(room / advance)), !row);
    const int chosen = bench_.shown().view().step;
    if (row && chosen < std::ssize(layout_.places))
      ImGui::SetScrollY(static_cast<float>(layout_.places[chosen].second) * line);
    const ImVec2 from = ImGui::GetCursorScreenPos();
    ImGui::InvisibleButton("##strip", {std::max(1.0f, room), static_cast<float>(layout_.rows) * line});
    const bool hovered = ImGui::IsItemHovered();
    log_item(look_, "probe strip");
    if (!row) follow(line);
    if (ImGui::IsWindowHovered()) {
      // The wheel alone scrolls a text of several rows, as everywhere.
      zoom_by_wheel(bench_, bench_.hovered_step, row);
      if (hovered && ImGui::IsMouseDoubleClicked(0)) show_steps(bench_, std::nullopt);
    }
    const float top = ImGui::GetWindowPos().y, bottom = top + ImGui::GetWindowSize().y;
    ImDrawList* list = ImGui::GetWindowDrawList();
    const auto& places = layout_.places;
    const int first_row = static_cast<int>(std::floor((top - from.y) / line)) - 1;
    const auto first = std::ranges::lower_bound(places, first_row, {}, &std::pair<int, int>::second);
    for (auto k = static_cast<std::size_t>(first - places.begin()); k < places.size(); ++k) {
      const ImVec2 low{from.x + static_cast<float>(places[k].first) * advance,
                       from.y + static_cast<float>(places[k].second) * line};
      if (low.y > bottom) break;
      const ImVec2 high{low.x + advance * static_cast<float>(layout_.spans[k]), low.y + line - look_.px(2)};
      draw_one(list, k, low, high);
      if (hovered && ImGui::IsMouseHoveringRect(low, {high.x, high.y + look_.px(2)}))
        point_at(static_cast<int>(k), {low, high});
    }
    draw_marked(list, from, top, bottom);
    end_mark();
    if (bench_.hovered_step && *bench_.hovered_step < std::ssize(characters_))
      outline_of(list, from, *bench_.hovered_step, 0.55f, look_.px(1));
    if (chosen < std::ssize(characters_)) outline_of(list, from, chosen, 1, look_.px(1.6f));
    ImGui::PopFont();
  }

 private:
  /// Anew only where the text or the width is another one: it may be long. `lines`: a line's end ends a row.
  void place(int columns, bool lines) {
    const std::uint64_t version = bench_.shown().readings()->version;
    if (layout_.version == version && layout_.columns == columns && layout_.lines == lines) return;
    layout_ = {version, columns, 0, {}, {}, lines};
    layout_.places.reserve(characters_.size());
    int x = 0, y = 0;
    // Words and pieces of several characters have room for them, and a gap.
    const auto length = [](const std::string& c) {
      return static_cast<int>(std::ranges::count_if(c, [](char b) { return (b & 0xC0) != 0x80; }));
    };
    const bool words = std::ranges::any_of(characters_, [&](const std::string& c) { return length(c) > 1; });
    for (const std::string& c : characters_) {
      const int span = words ? std::min(length(c) + 1, columns) : is_wide(c) ? 2 : 1;
      if (x + span > columns) x = 0, ++y;
      layout_.places.emplace_back(x, y);
      layout_.spans.push_back(span);
      x += span;
      if (lines && c == "\n") x = 0, ++y;
    }
    layout_.rows = y + 1;
  }

  void draw_one(ImDrawList* list, std::size_t k, ImVec2 low, ImVec2 high) const {
    ImU32 ink = look_.muted;
    if (const auto index = by_.by.table_index(k)) {
      const plot::Color ground = by_.table[*index];
      list->AddRectFilled(low, high, to_imgui(ground));
      if (by_.by.colors.map == plot::Colormap::diverging && (*by_.by.values)[k] < 0)  // a short line: minus
        list->AddRectFilled({low.x + look_.px(1.5f), high.y - look_.px(3)},
                            {high.x - look_.px(1.5f), high.y - look_.px(1.5f)}, look_.card);
      const plot::Color dark = plot::rgb(0x101216), light = plot::rgb(0xffffff);
      ink = to_imgui(plot::contrast(ground, dark) > plot::contrast(ground, light) ? dark : light);
    }
    if (!shown(k)) {  // beyond the steps that views show
      list->AddRectFilled(low, high, faded(look_.card, 0.6f));
      ink = faded(look_.muted, 0.8f);
    }
    const std::string text = drawable(display_text(characters_[k], " "));
    const float width = ImGui::CalcTextSize(text.c_str()).x;
    list->AddText({std::round(low.x + (high.x - low.x - width) / 2),
                   std::round(low.y + (high.y - low.y - ImGui::GetFontSize()) / 2)},
                  ink, text.c_str());
  }

  void point_at(int step, const ScreenRect& character) {
    bench_.hovered_step = step;
    if (ImGui::IsMouseDown(0) && ImGui::IsItemActive()) {
      bench_.replay().choose_step(step);
      mark_to(step);
    }
    if (desk_.marking) return;
    std::string text = fmt::format("step {}   ‘{}’", step, display_text(characters_[step]));
    if (by_.by.values && step < std::ssize(*by_.by.values))
      text += fmt::format("\n{}  {:.3f}", by_.title, (*by_.by.values)[step]);
    const WithFont font(look_.regular);
    tell_beside(look_, character, text);
  }

  /// Scrolls to the chosen step, and to the steps that views show, where another one was chosen.
  void follow(float line) {
    const ViewState& view = bench_.shown().view();
    const int rows_seen = std::max(1, static_cast<int>(ImGui::GetWindowSize().y / line));
    if (desk_.strip_step == view.step && desk_.strip_steps == view.steps) return;
    const bool other_steps = desk_.strip_steps != view.steps && view.steps;
    desk_.strip_step = view.step;
    desk_.strip_steps = view.steps;
    const int to = other_steps && (view.step < view.steps->first || view.step > view.steps->last)
                       ? (view.steps->first + view.steps->last) / 2
                       : view.step;
    if (to < 0 || to >= std::ssize(layout_.places)) return;
    const int row = layout_.places[to].second;
    const auto first = static_cast<int>(std::ceil(ImGui::GetScrollY() / line));
    if (row >= first && row < first + rows_seen) return;
    const int above = row < first ? 0 : std::max(0, std::min(rows_seen - 1, 1));
    ImGui::SetScrollY(std::max(0.0f, static_cast<float>(row - above) * line));
  }

  /// Whether views show the step now.
  bool shown(std::size_t k) const {
    const auto& steps = bench_.shown().view().steps;
    const int step = static_cast<int>(k);
    return !steps || (step >= steps->first && step <= steps->last);
  }

  /// A press may become a mark, from its character to where the pointer goes.
  void mark_to(int step) {
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    if (ImGui::IsMouseClicked(0)) {
      if (bench_.editor().document().window.marked) bench_.act(Unmark{});
      desk_.marking = Desk::Marking{"probe", {}, step, {}, mouse, false};
    }
    if (!desk_.marking || desk_.marking->view != "probe") return;
    Desk::Marking& from = *desk_.marking;
    from.moved |= step != from.step;
    if (!from.moved) return;
    Marked marked;
    marked.steps = {{std::min(from.step, step), std::max(from.step, step)}};
    desk_.marked_in_text = true;
    if (bench_.editor().document().window.marked != marked) bench_.act(Mark{marked});
  }

  void end_mark() {
    if (!desk_.marking || desk_.marking->view != "probe" || ImGui::IsMouseDown(0)) return;
    if (desk_.marking->moved && bench_.editor().document().window.marked) {
      desk_.mark_pointer = ImGui::GetIO().MousePos.x;
      open_mark_bar(bench_);
    }
    desk_.marking.reset();
  }

  void draw_marked(ImDrawList* list, ImVec2 from, float top, float bottom) const {
    const auto& marked = bench_.editor().document().window.marked;
    if (!marked || marked->steps.empty()) return;
    std::optional<std::pair<ImVec2, ImVec2>> all;
    for (const nn::Range& range : marked->steps) {
      const int last = std::min(range.last, static_cast<int>(std::ssize(layout_.places)) - 1);
      for (int k = range.first; k <= last; ++k) {
        const auto [x, y] = layout_.places[k];
        const ImVec2 low{from.x + static_cast<float>(x) * cell_.x, from.y + static_cast<float>(y) * cell_.y};
        const float wide = cell_.x * static_cast<float>(layout_.spans[k]);
        const ImVec2 high{low.x + wide, low.y + cell_.y - look_.px(1)};
        if (high.y < top || low.y > bottom) continue;
        list->AddRectFilled({low.x, high.y - look_.px(3)}, {high.x, high.y}, look_.text);
        list->AddLine({low.x, low.y}, {high.x, low.y}, look_.text, look_.px(1.4f));
        if (!all) all = {low, high};
        all->first = {std::min(all->first.x, low.x), std::min(all->first.y, low.y)};
        all->second = {std::max(all->second.x, high.x), std::max(all->second.y, high.y)};
      }
    }
    if (!all) return;
    log_item(look_, "marked text", all->first, all->second);
    if (desk_.marked_in_text || marked->channel.empty()) desk_.mark = all;
  }

  void outline_of(ImDrawList* list, ImVec2 from, int k, float opacity, float thickness) const {
    const auto [x, y] = layout_.places[k];
    const ImVec2 low{from.x + static_cast<float>(x) * cell_.x, from.y + static_cast<float>(y) * cell_.y};
    const float width = cell_.x * static_cast<float>(layout_.spans[k]);
    const float edge = std::max(1.0f, std::round(look_.px(1)));
    for (const auto& [color, wide] : {std::pair{faded(look_.halo, opacity), thickness + 2 * edge},
                                      {faded(look_.cursor, opacity), thickness}})
      list->AddRect({low.x - 1, low.y - 1}, {low.x + width + 1, low.y + cell_.y - look_.px(1)}, color,
                    look_.px(2), 0, wide);
  }

  const Look& look_;
  Workbench& bench_;
  Desk& desk_;
  const Colouring& by_;
  const std::vector<std::string>& characters_;
  StripLayout& layout_;
  ImVec2 cell_;
};

void choose_quantity(const Look& look, Workbench& bench) {
  const nn::CellInfo* cell = bench.shown().cell();
  if (!cell) return;
  std::vector<std::string> names, ids;
  for (const int channel : views::shown_channels(*cell)) {
    const nn::Channel& what = cell->channels[channel];
    ids.emplace_back(what.symbol);
    names.push_back(views::title_of(what));
  }
  if (bench.shown().now().outcome->of_input) ids.emplace_back("loss"), names.emplace_back("loss");
  ids.emplace_back("saliency"), names.emplace_back("saliency");
  const auto at = std::ranges::find(ids, chosen_quantity(bench));
  int chosen = static_cast<int>(at == ids.end() ? 0 : at - ids.begin());
  if (choice_row(look, "Coloured by", names, chosen,
                 "What the characters are coloured by\nOne unit of a quantity "
                 "where a unit is chosen, else its mean over units."))
    bench.act(ColourBy{ids[chosen]});
}

/// A text, or the steps of a sequence. False: it cannot be read, and a message says why.
bool take_probe(Workbench& bench, const std::string& text) {
  if (bench.shown().now().reads_text) {
    bench.act(SetProbeText{text});
    return true;
  }
  const views::Observation& seen = *bench.shown().observation();
  try {
    bench.act(SetProbeSequence{
        observe::parse_given(text, seen.alphabet, seen.network->interface(), "the sequence")});
    return true;
  } catch (const Error& error) {
    bench.notices().say(error.what(), true);
    return false;
  }
}

/// Reads what was typed. What the model does not know keeps the editor open and is offered to be left out; a
/// second Enter takes the offer.
void read_typed(Workbench& bench, Desk& desk) {
  if (!desk.probe_unknown.empty() && !desk.probe_refused) {
    desk.probe_refused = desk.focus_probe = true;
    return;
  }
  if (!desk.probe_unknown.empty()) desk.probe_text = desk.probe_unknown.without;
  desk.editing_probe = !take_probe(bench, desk.probe_text);
  desk.focus_probe = desk.editing_probe;  // it cannot be read: to be mended
  desk.probe_refused = false;
}

void edit_text(const Look& look, Workbench& bench, Desk& desk) {
  if (desk.focus_probe) {
    ImGui::SetWindowFocus();  // from ImGui 1.90 on a field is looked for only where the focus is
    ImGui::SetKeyboardFocusHere();
    desk.focus_probe = false;
  }
  ImGui::PushFont(look.mono);
  const float height = std::max(look.px(44), ImGui::GetContentRegionAvail().y - look.px(30));
  const bool committed =
      input_lines("##probe", desk.probe_text, {ImGui::GetContentRegionAvail().x, height},
                  ImGuiInputTextFlags_CtrlEnterForNewLine | ImGuiInputTextFlags_EnterReturnsTrue);
  if (desk.probe_looked_at != desk.probe_text) {
    desk.probe_looked_at = desk.probe_text;
    desk.probe_unknown = bench.shown().now().reads_text
                             ? find_unknown(desk.probe_text, bench.shown().now().vocabulary)
                             : UnknownText{};
    desk.probe_refused = false;
  }
  mark_in_lines("##probe", desk.probe_text, desk.probe_unknown.places, look.danger);
  ImGui::PopFont();
  log_item(look, "probe text", desk.probe_text);
  const bool refused = desk.probe_refused && !desk.probe_unknown.empty();
  const bool read = button(look, refused ? "Leave them out##probe" : "Read it", Kind::primary,
                           refused ? "Enter" : "Enter; Ctrl+Enter makes a new line");
  ImGui::SameLine();
  const bool cancelled =
      button(look, "Cancel##probe") || ImGui::IsKeyPressed(ImGui::GetKeyIndex(ImGuiKey_Escape));
  if (!desk.probe_unknown.empty()) {
    ImGui::SameLine(0, look.px(12));
    const std::string said = desk.probe_unknown.sentence();
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float room = ImGui::GetContentRegionAvail().x;
    draw_text(at.x, at.y + look.px(14), look.danger, fitted(said, room));
    ImGui::Dummy({std::max(room, 1.0f), look.px(28)});
    log_item(look, "probe unknown", said);
  }
  if (committed || read)
    read_typed(bench, desk);
  else if (cancelled)
    desk.editing_probe = false;
}

}  // namespace

observe::GivenSequence sequence_shown(const Workbench& bench) {
  const views::Observation& seen = *bench.shown().observation();
  return observe::given_sequence(*seen.sequence, seen.alphabet, seen.network->interface());
}

void draw_probe(const Look& look, Workbench& bench, Desk& desk, ImVec2 size) {
  begin_card(look, "probe", "", size);
  const session::Snapshot& now = bench.shown().now();
  if (desk.editing_probe && (now.reads_text || bench.shown().observation())) {
    edit_text(look, bench, desk);
    end_card(look);
    return;
  }
  if (!bench.shown().observation() || !bench.shown().tape()) {
    caption(look, now.probe_problem.empty() ? "No text has been read yet." : now.probe_problem);
    if (!now.probe_problem.empty() && button(look, "Edit##probe"))
      perform(Action::focus_probe, 0, bench, desk);
    end_card(look);
    return;
  }
  const Colouring& by = colouring_of(bench, look.theme, desk.colouring);
  // A row of its own: what is shown, then how to change it.
  const float line = ImGui::GetCursorPosY();
  {
    const WithFont font(look.small);
    const std::string& said = now.probe_problem.empty() ? by.title : now.probe_problem;
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float room = ImGui::GetContentRegionAvail().x -
                       look.px(!now.reads_text && now.can_train ? 330 + 92 : 330),
                height = look.px(28);
    // The quantity's name stands beside it; where there is little room, this says whose it is.
    const std::size_t whose = said.rfind(", ");
    const bool whole = text_size(said).x <= room || !now.probe_problem.empty() || whose == std::string::npos;
    if (room > look.px(30))
      draw_text(at.x, at.y + height / 2,
                now.probe_problem.empty() ? legible(look, look.color(by.by.ink)) : look.danger,
                fitted(whole ? said : said.substr(whose + 2), room));
    ImGui::Dummy({std::max(room, look.px(1)), height});
    log_item(look, "probe title", said);
    tooltip(look, said);
  }
  const bool has_others = !now.reads_text && now.can_train;  // a task has held-out ones
  const float controls = look.px(has_others ? 318 + 92 : 318);
  ImGui::SetCursorPos({std::max(look.padding(), ImGui::GetWindowContentRegionMax().x - controls), line});
  ImGui::BeginGroup();
  ImGui::SetCursorPosY(line + look.px(2));
  ImGui::BeginChild("##quantity", {look.px(226), look.px(26)}, false, ImGuiWindowFlags_NoScrollbar);
  choose_quantity(look, bench);
  ImGui::EndChild();
  ImGui::SameLine();
  ImGui::SetCursorPosY(line);
  const std::string_view edits =
      now.reads_text ? "Type another text\n"
                     : "Write a sequence\nOne step a line: what goes in, and after a bar what should come "
                       "out.\n";
  if (button(look, "Edit##probe", Kind::plain, std::string(edits) + written(Action::focus_probe),
             {look.px(84), 0}))
    perform(Action::focus_probe, 0, bench, desk);
  if (has_others) {
    ImGui::SameLine();
    if (button(look, "Another##probe", Kind::plain, "Another sequence of the held-out ones",
               {look.px(84), 0}))
      bench.act(ChooseSequence{bench.editor().document().probe.sequence + 1});
  }
  ImGui::EndGroup();
  ImGui::SetCursorPosY(line + look.px(32));
  ImGui::BeginChild("##strip", {0, 0});
  Strip(look, bench, by, desk).draw();
  ImGui::EndChild();
  end_card(look);
}

void draw_probe_row(const Look& look, Workbench& bench, Desk& desk, ImVec2 size) {
  if (desk.editing_probe || !bench.shown().observation() || !bench.shown().tape())
    return draw_probe(look, bench, desk, size);
  const ImVec2 low = ImGui::GetCursorScreenPos();
  const float inset = look.px(8);
  fill({low, {low.x + size.x, low.y + size.y}}, look.card, look.radius());
  ImGui::SetCursorScreenPos({low.x + inset, std::round(low.y + (size.y - probe_row_height(look)) / 2)});
  ImGui::BeginChild("##probe row", {size.x - 2 * inset, probe_row_height(look)}, false,
                    ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse);
  Strip(look, bench, colouring_of(bench, look.theme, desk.colouring), desk).draw(true);
  ImGui::EndChild();
}

float probe_row_height(const Look& look) {
  const WithFont font(look.mono);
  return std::round(ImGui::GetFontSize() * 1.5f);
}

}  // namespace gatescope::ui
