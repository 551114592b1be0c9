// The form that asks for what a model's file does not say.

#include <fmt/format.h>

#include <algorithm>

#include "app/kit/draw.h"
#include "app/kit/letters.h"
#include "app/panels/panels.h"
#include "core/checkpoint/vocabulary_file.h"
#include "core/nn/layer.h"
#include "core/utf8.h"

namespace gatescope::ui {
namespace {

constexpr const char* kAsItLooks = "as it looks";
constexpr const char* kNone = "none";

/// Characters as they are typed: a line break is \n.
std::string written(const std::vector<std::string>& entries) {
  std::string text;
  for (const std::string& entry : entries) {
    if (entry == "\n" || entry == "\t" || entry == "\r" || entry == "\\")
      text += entry == "\n" ? "\\n" : entry == "\t" ? "\\t" : entry == "\r" ? "\\r" : "\\\\";
    else
      text += entry;
  }
  return text;
}

/// And back, one entry a character.
std::vector<std::string> entries_of(const std::string& typed) {
  const std::u32string characters = decode_utf8(typed, InvalidUtf8::replace, "the characters typed");
  std::vector<std::string> entries;
  for (std::size_t k = 0; k < characters.size(); ++k) {
    const char32_t next = k + 1 < characters.size() ? characters[k + 1] : U'\0';
    const std::size_t escape = characters[k] == U'\\' ? std::u32string_view(U"ntr\\").find(next) : 4;
    if (escape < 4) {
      entries.push_back(std::string(1, "\n\t\r\\"[escape]));
      ++k;
    } else {
      entries.push_back(encode_utf8(std::u32string_view(characters).substr(k, 1)));
    }
  }
  return entries;
}

bool is_one_character(const std::string& entry) {
  return std::ranges::count_if(entry, [](char b) { return (b & 0xC0) != 0x80; }) == 1;
}

/// A row that chooses one of the names, or what the file looks like; empty: that.
void choose(const Look& look, const char* label, std::vector<std::string> names, std::string& chosen,
            std::string_view tip) {
  names.insert(names.begin(), kAsItLooks);
  const auto found = std::ranges::find(names, chosen);
  int number = chosen.empty() || found == names.end() ? 0 : static_cast<int>(found - names.begin());
  if (choice_row(look, label, names, number, tip)) chosen = number == 0 ? "" : names[number];
}

void begin(ImportForm& form, const ImportQuestion& question) {
  form = {};
  form.model = question.path;
  form.cell = question.known.cell;
  form.head = question.known.head;
  form.embedding = question.known.embedding;
  form.entries = question.known.entries;
  if (std::ranges::all_of(form.entries, is_one_character)) form.characters = written(form.entries);
  if (question.known.vocabulary) form.file = question.known.vocabulary->string();
}

void draw_vocabulary(const Look& look, Workbench& bench, Desk& desk) {
  ImportForm& form = desk.import_form;
  ImGui::TextUnformatted(drawable("What it reads, in the order of its numbers").c_str());
  text_field(look, "##characters", form.characters, 0,
             form.entries.empty() || !form.characters.empty()
                 ? std::string("characters, such as  abc .,\\n")
                 : fmt::format("{} entries, as before", form.entries.size()));
  ImGui::TextUnformatted(drawable("or a file of it").c_str());
  const float wide = look.px(104);
  text_field(look, "##vocabulary file", form.file,
             ImGui::GetContentRegionAvail().x - wide - ImGui::GetStyle().ItemSpacing.x,
             "JSON, or one entry a line");
  ImGui::SameLine();
  if (button(look, "Choose ...##vocabulary", Kind::plain, {}, {wide, 0})) {
    bench.act(OpenDialog{Dialog::open_vocabulary});
    form.shown = false;
    ImGui::CloseCurrentPopup();
  }
}

AnswerImport answer_of(const ImportForm& form) {
  AnswerImport answer{.cell = form.cell, .head = form.head, .embedding = form.embedding};
  if (!form.file.empty())
    answer.vocabulary = form.file;
  else
    answer.entries = form.characters.empty() ? form.entries : entries_of(form.characters);
  return answer;
}

}  // namespace

void draw_import(const Look& look, Workbench& bench, Desk& desk) {
  ImportForm& form = desk.import_form;
  if (!bench.files().question()) {
    form = {};
    return;
  }
  const ImportQuestion question = *bench.files().question();  // an answer takes it away
  if (form.model != question.path) begin(form, question);
  if (bench.editor().document().window.dialog != Dialog::none || desk.browser.is_open()) return;
  if (!form.shown) ImGui::OpenPopup("import");
  form.shown = true;
  if (!begin_modal(look, "import", "How is this model to be read?", {520, 452})) {
    bench.act(LeaveImport{});
    return;
  }
  value_row(look, "Model", fitted(question.path.filename().string(), look.px(360)));
  draw_vocabulary(look, bench, desk);
  std::vector<std::string> cells;
  for (const nn::CellInfo* cell : nn::all_cells()) cells.emplace_back(cell->key);
  choose(look, "Cell##import", std::move(cells), form.cell,
         "An RNN's file does not say whether it has tanh or ReLU; other cells look like an LSTM or GRU");
  choose(look, "Read-out##import", question.modules, form.head, "The module that gives the outputs");
  std::vector<std::string> embeddings = question.modules;
  embeddings.emplace_back(kNone);
  choose(look, "Embedding##import", std::move(embeddings), form.embedding,
         "The module of the embedding; none: characters come in one-hot");
  const float buttons = look.px(40);
  ImGui::BeginChild("##import problem",
                    {0, std::max(look.px(20), ImGui::GetContentRegionAvail().y - buttons)});
  if (!question.problem.empty()) {
    ImGui::PushTextWrapPos(ImGui::GetContentRegionMax().x);
    ImGui::PushStyleColor(ImGuiCol_Text, look.danger);
    ImGui::TextUnformatted(drawable(question.problem, ImGui::GetContentRegionAvail().x).c_str());
    ImGui::PopStyleColor();
    ImGui::PopTextWrapPos();
    log_item(look, "import problem", question.problem);
  }
  ImGui::EndChild();
  if (button(look, "Open##import", Kind::primary)) bench.act(answer_of(form));
  ImGui::SameLine();
  if (button(look, "Cancel##import")) bench.act(LeaveImport{});
  if (!bench.files().question()) ImGui::CloseCurrentPopup();
  end_modal();
}

}  // namespace gatescope::ui
