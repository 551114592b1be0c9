#include <array>
#include <string>

#include "core/error.h"
#include "core/in_quotes.h"
#include "core/views/views.h"

namespace gatescope::views {
namespace {

constexpr std::array<std::string_view, 2> kOfCharacters{"loss", "saliency"};

constexpr std::array kViews{
    View{.id = "gates",
         .title = "Gates",
         .sentence = "Every gate, candidate and state of a layer, units by steps",
         .compares = false,
         .of_training = false,
         .animates = true,
         .one_loss = false,
         .quantities = {},
         .make = gates_view},
    View{.id = "states",
         .title = "Cell and hidden state",
         .sentence = "The cell state beside the hidden state: chosen units, mean and spread, relative step",
         .compares = false,
         .of_training = false,
         .animates = true,
         .one_loss = false,
         .quantities = {},
         .make = states_view},
    View{.id = "portrait",
         .title = "Phase portrait",
         .sentence = "The hidden state over the cell state, coloured by time",
         .compares = false,
         .of_training = false,
         .animates = true,
         .one_loss = false,
         .quantities = {},
         .make = portrait_view},
    View{.id = "text",
         .title = "Text",
         .sentence = "Characters coloured by one unit of any channel, by their loss, or by their saliency",
         .compares = false,
         .of_training = false,
         .animates = true,
         .one_loss = false,
         .quantities = kOfCharacters,
         .make = text_view},
    View{.id = "gradient",
         .title = "Gradient",
         .sentence = "The gradient of one step's loss on its way back through time, and how far it reaches",
         .compares = true,
         .of_training = false,
         .animates = true,
         .one_loss = true,
         .quantities = {},
         .make = gradient_view},
    View{.id = "training",
         .title = "Training",
         .sentence = "Loss in bits per character and gradient norm, update by update",
         .compares = true,
         .of_training = true,
         .animates = false,
         .one_loss = false,
         .quantities = {},
         .make = training_view},
    View{.id = "saturation",
         .title = "Saturation",
         .sentence = "How often each gate is all but open or all but closed",
         .compares = false,
         .of_training = false,
         .animates = false,
         .one_loss = false,
         .quantities = {},
         .make = saturation_view},
    View{.id = "next",
         .title = "Next character",
         .sentence = "The most likely next characters and their probabilities",
         .compares = false,
         .of_training = false,
         .animates = true,
         .one_loss = false,
         .quantities = {},
         .make = next_view},
    View{.id = "cell",
         .title = "Cell",
         .sentence = "The cell as in a textbook, with the values that flow through it at one step",
         .compares = false,
         .of_training = false,
         .animates = true,
         .one_loss = false,
         .quantities = {},
         .make = cell_view},
    View{.id = "unrolled",
         .title = "Gradient through time",
         .sentence =
             "The unrolled steps with what is left of one loss's gradient in each, and how far it reaches",
         .compares = true,
         .of_training = false,
         .animates = true,
         .one_loss = true,
         .quantities = {},
         .make = unrolled_view},
    View{.id = "effect",
         .title = "Effect of forcing",
         .sentence =
             "What the rules change: the loss of each character, every unit of a channel, how much is left",
         .compares = false,
         .of_training = false,
         .animates = true,
         .one_loss = false,
         .quantities = {},
         .make = effect_view},
};

}  // namespace

std::string legend_name(const std::string& name, const nn::CellInfo& cell) {
  return name.empty() || name == cell.key ? std::string(cell.title) : name;
}

std::span<const View> all_views() {
  return kViews;
}

const View& find_view(std::string_view id) {
  std::string ids;
  for (const View& view : kViews) {
    if (view.id == id) return view;
    ids += (ids.empty() ? "" : ", ") + std::string(view.id);
  }
  fail("there is no view '{}', expected one of {}", printable(id), ids);
}

}  // namespace gatescope::views
