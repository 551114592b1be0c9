#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/figure/files.h"
#include "core/observe/observation.h"

/// From a request to its figure: describe(), load_material(), check_request(), observe(), make_figure().
namespace gatescope::figure {

/// What a request needs, in memory.
struct Material {
  std::vector<observe::Model<float>> models = {};
  std::vector<Index> trained_steps = {};  // of back-propagation, of each model; 0 where its file does not say
  std::vector<Observation> observations = {};  // one a model; before observe() without traces
};

/// The request's models and metrics. A new figure's are where it says. Those of a figure that is opened again
/// are known by their bytes: they are looked for at the places given, beside the figure, in the working
/// folder, where the figure says (if it does), where they were once, and at last in the subfolders of these,
/// whatever their names are now. Throws Error that says, for all files at once, which are missing, where they
/// were looked for, and which are no longer what they were.
Material load_material(const FigureRequest& request, const Places& places = {});

/// Fills in what the models' files say of themselves, and what the figure calls them. For a new request,
/// before load_material(). Returns what was assumed of them, for people.
std::vector<std::string> describe(FigureRequest& request);

/// Throws Error for a rule, layer, channel, unit, step, or number of models that does not fit.
void check_request(const FigureRequest& request, const Material& material);

/// Runs the models over the text or the sequence, with the rules and (where there are any) without. Throws
/// Error for a text that is too short, too long for the memory, or has a character that a model does not
/// know.
void observe(const FigureRequest& request, Material& material);

}  // namespace gatescope::figure
