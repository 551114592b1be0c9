#include "core/analysis/terms.h"

#include <array>

#include "core/analysis/equations.h"

namespace gatescope::analysis {
namespace {

constexpr std::array kTerms{
    // Channels, by the names of the cells' tables.
    Term{"forget gate", "fₜ = σ(W x + U h + b)",
         "How much of the old memory is kept: 1 keeps all of it, 0 forgets it."},
    Term{"input gate", "iₜ = σ(W x + U h + b)",
         "How much of the candidate is written: 1 writes all of it, 0 nothing."},
    Term{"output gate", "oₜ = σ(W x + U h + b)",
         "How much of the cell state is shown to the rest of the network at this step."},
    Term{"candidate", "gₜ = tanh(W x + U h + b)",
         "The new content on offer at this step, before a gate lets it in."},
    Term{"cell state", "cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ",
         "The cell's memory: it changes only by forgetting and by adding, so gradients pass through it "
         "easily."},
    Term{"squashed cell state", "sₜ = tanh(cₜ)",
         "The cell state brought between −1 and 1, before the output gate."},
    Term{"hidden state", "hₜ = oₜ ⊙ tanh(cₜ)",
         "What the cell shows to the read-out, to the layer above and to itself at the next step."},
    Term{"reset gate", "rₜ = σ(W x + U h + b)",
         "How much of the old state the candidate sees: 0 makes it begin afresh."},
    Term{"update gate", "zₜ = σ(W x + U h + b)",
         "Divides the new state between the old one and the candidate."},
    Term{"recurrent part of the candidate", "qₜ = U h + b",
         "What the old state would add to the candidate; the reset gate decides how much of it does."},
    Term{"hidden state after reset", "pₜ = rₜ ⊙ hₜ₋₁",
         "The part of the old state that the reset gate lets the candidate see."},
    Term{"net input", "aₜ = W x + U h + b",
         "The weighted sum of input and old state, before it is squashed."},
    Term{"input gate's exponent", "iₜ = W x + U h + b",
         "How much the present weighs is e to the power of this: it has no upper end, and can outweigh all "
         "of the "
         "past."},
    Term{"write gate", "wₜ = σ(iₜ − log(fₜ) − lₜ₋₁)",
         "The share of the memory that the present gets: what it weighs against all that was kept."},
    Term{"logarithm of the normaliser", "lₜ = log(fₜ ⊙ exp(lₜ₋₁) + exp(iₜ))",
         "How much all that was written weighs together, as a power of e; the memory is divided by it."},
    Term{"step", "dtₜ = softplus(V r + b)",
         "How much time passes for the unit: a short one keeps the memory and ignores the present, a long "
         "one forgets and takes it."},
    Term{"step in few numbers", "rₜ = P u", "What the step of every unit is made from."},
    Term{"keep gate", "Kₜ = exp(−dtₜ ⊙ exp(A))",
         "How much of a memory is left after the step: 1 keeps all of it, 0 nothing."},
    Term{"write strength", "wₜ = dtₜ ⊙ Bₜ", "How much of the candidate is added to a memory."},
    Term{"what may enter", "Bₜ = Q u", "Which of its memories a unit writes to, the same for all units."},
    Term{"what is read", "Cₜ = S u", "Which of its memories a unit reads, the same for all units."},
    Term{"memory", "mₜ = Kₜ ⊙ mₜ₋₁ + wₜ ⊙ uₜ",
         "What the unit remembers, in several numbers that fade at speeds of their own."},
    Term{"read-out of the memories", "yₜ = Σ(Cₜ ⊙ mₜ) + D ⊙ uₜ",
         "What a unit's memories come to together, with what it has just read."},
    Term{"output weight before its SiLU", "zₜ = W x",
         "What is read is multiplied by this times σ of it: it can be let out, held back or turned round."},
    Term{"recurrence gate", "rₜ = σ(R u + b)",
         "How much the unit forgets at this step: closed it keeps everything and writes nothing."},
    Term{"logarithm of the keep gate", "lₜ = −8 ⊙ rₜ ⊙ softplus(Λ)",
         "How fast the memory fades at this step, as a power of e: 0 keeps all of it."},
    Term{"input in units", "eₜ = W x + b", "What enters the layer, as one number a unit."},
    Term{"shifted input of the key", "ekₜ = μk ⊙ eₜ + (1 − μk) ⊙ eₜ₋₁",
         "What the key is made from: the input mixed with that of the step before."},
    Term{"shifted input of the value", "evₜ = μv ⊙ eₜ + (1 − μv) ⊙ eₜ₋₁",
         "What the value is made from: the input mixed with that of the step before."},
    Term{"shifted input of the receptance", "erₜ = μr ⊙ eₜ + (1 − μr) ⊙ eₜ₋₁",
         "What the receptance is made from: the input mixed with that of the step before."},
    Term{"receptance", "rₜ = σ(R er)", "How much of what is read is let out: an output gate."},
    Term{"key", "kₜ = K ek",
         "How much the present weighs is e to the power of this: a large one outweighs all of the past."},
    Term{"value", "vₜ = V ev", "The new content on offer at this step, which the key weighs."},
    Term{"weight of the present", "pₜ = σ(u + kₜ − lₜ₋₁)",
         "The share of the present in what is read, with a bonus that the memory does not keep."},
    Term{"read-out of the memory", "yₜ = (1 − pₜ) ⊙ cₜ₋₁ + pₜ ⊙ vₜ",
         "The mean of all values up to this step, each by its weight."},
    Term{"query of the head", "qₜ = W x",
         "What the units of a head look for in their memories: each reads those whose keys are like it."},
    Term{"key of the head", "kₜ = W x",
         "Under what the units of a head write: a later query like it finds it again."},
    Term{"read-out by the query", "yₜ = Σ(qₜ ⊙ mₜ)", "What the query finds in the unit's memories."},
    Term{"forget gate before its function", "Fₜ = V x + b",
         "What all units of a head make their forget gate from."},
    Term{"mean of the keys", "nₜ = (1 − gₜ) ⊙ nₜ₋₁ + wₜ",
         "The keys of all that was written, each by its weight: what is read is divided by how like them the "
         "query "
         "is."},
    Term{"read-out of the keys", "sₜ = Σ(qₜ ⊙ nₜ)", "How like all that was written the query is."},
    Term{"step before its softplus", "Tₜ = V x + b", "What all units of a head make their step from."},
    Term{"logarithm of the speed", "Aₜ = a", "How fast the memories of a head fade while time passes."},
    Term{"keep gate before its function", "Aₜ = W x + b",
         "What the keep gate of each key of a head is made from."},
    Term{"logarithm of the decay", "Aₜ = W x + b",
         "How fast memories fade at this step: the higher, the faster."},
    Term{"decay", "fₜ = exp(−exp(Aₜ))", "How much of the old memory is kept, whatever is read."},
    Term{"bonus of the present", "Bₜ = b",
         "What the present weighs as it is read, beyond what the memory keeps of it."},
    Term{"strength before its function", "Bₜ = V x + b",
         "What all units of a head make the strength of their replacement from."},
    Term{"strength of the replacement", "bₜ = σ(Bₜ)",
         "How much of what the key finds is replaced by the value: 1 all of it, 0 nothing."},
    Term{"length of the key", "sₜ = sqrt(Σ(kₜ ⊙ kₜ))", "It is divided out: a key says where, not how much."},
    Term{"what the key finds", "pₜ = fₜ ⊙ Σ(kₜ ⊙ mₜ₋₁) / sₜ",
         "What the memory has under this key already, before anything is written."},
    Term{"strength of what is written", "bₜ = σ(Bₜ)",
         "How much of the present the head writes into its memory, 0 to 1."},
    Term{"error of the normaliser", "eₜ = 1 − Σ(kₜ ⊙ nₜ₋₁) / sₜ",
         "What the memory of ones lacks along the key, 1 less what the key finds in it."},
    Term{"error of what the key finds", "uₜ = vₜ − pₜ",
         "What is wrong with what the key finds: writing it puts the value in its place."},
    Term{"received read-out", "gₜ = rₜ ⊙ yₜ", "What the receptance lets through of what is read."},
    Term{"output", "oₜ = O g", "What the units read, mixed by one more matrix."},
    Term{"middle of the block", "mₜ = eₜ + oₜ", "What came in with what the time mixing adds to it."},
    Term{"shifted middle of the key", "mzₜ = νz ⊙ mₜ + (1 − νz) ⊙ mₜ₋₁",
         "What the key of the channels is made from: the middle mixed with that of the step before."},
    Term{"shifted middle of the receptance", "mqₜ = νq ⊙ mₜ + (1 − νq) ⊙ mₜ₋₁",
         "What the receptance of the channels is made from: the middle mixed with that of the step before."},
    Term{"receptance of the channels", "qₜ = σ(Q mq)", "How much of the channel mixing is let out."},
    Term{"key of the channels", "zₜ = ReLU(Z mz)",
         "What the channel mixing looks for in the present, in several numbers a unit."},
    Term{"squared key", "sₜ = zₜ ⊙ zₜ", "The key of the channels multiplied by itself: 0 or above."},
    Term{"value of the channels", "aₜ = A s", "What the channel mixing offers."},
    Term{"input", "xₜ", "What enters the layer: a one-hot character, its embedding, or the states below."},
    Term{"shifted input", "xsₜ = μ ⊙ xₜ + (1 − μ) ⊙ xₜ₋₁",
         "The input mixed with that of the step before, in shares that are learnt."},
    Term{"past of the convolution", "xpₜ = xₜ, xₜ₋₁, …",
         "What the convolution of the input keeps of the steps that it reaches back over."},
    Term{"convolved input", "xcₜ = SiLU(conv(κ, xₜ, xpₜ₋₁) + β)",
         "The input as a weighted sum over the last steps, each number for itself."},
    Term{"input of the convolution", "vₜ = W x", "What the cell's own convolution sees of this step."},
    Term{"convolution of the input", "cₜ = T ⊙ vₜ + c1ₜ₋₁ + b",
         "A weighted sum over this step and the three before it, each unit for itself."},
    Term{"convolution a step ahead", "c1ₜ = T ⊙ vₜ + c2ₜ₋₁",
         "What the convolution of the next step gets of all that was read by now."},
    Term{"convolution two steps ahead", "c2ₜ = T ⊙ vₜ + c3ₜ₋₁",
         "What the convolution two steps later gets of all that was read by now."},
    Term{"convolution three steps ahead", "c3ₜ = T ⊙ vₜ",
         "What the convolution three steps later gets of what is read now."},
    Term{"size of the input", "xrₜ = √(mean of all xₜ² + 10⁻⁶)",
         "The root mean square of the numbers that enter the layer."},
    Term{"normed input", "xnₜ = α ⊙ xₜ / xrₜ",
         "The input divided by its size: how large it is as a whole tells nothing any more."},
    Term{"mean of the head", "hmₜ = mean of hₜ over the head",
         "What all units of a head have in common at this step."},
    Term{"deviation of the head", "hdₜ = √(mean of (hₜ − hmₜ)² over the head + 10⁻⁵)",
         "How far the units of a head lie apart at this step."},
    Term{"normed hidden state", "hnₜ = γ ⊙ (hₜ − hmₜ) / hdₜ",
         "What the cell gives, every head brought to mean 0 and deviation 1."},
    Term{"output gate before its SiLU", "ozₜ = G x",
         "What the layer's output gate is made from: the input before the convolution and the cell."},
    Term{"output gate of the layer", "ogₜ = SiLU(ozₜ)",
         "What lets out what the cell gives; no gate from 0 to 1, it may turn signs."},
    Term{"gated hidden state", "hgₜ = hₜ ⊙ ogₜ", "What the layer's output gate lets out."},
    Term{"hidden state as it leaves the cell", "hlₜ = hₜ", "What the projection mixes."},
    Term{"projected hidden state", "hpₜ = M hg", "What the units give, mixed by one more matrix."},
    Term{"input beside the cell", "xbₜ = xₜ",
         "What goes past the cell unchanged; set to 0 it cuts the residual connection."},
    Term{"output of the layer", "hoₜ = xbₜ + hpₜ",
         "What leaves the layer for the one above it or the read-out."},
    // What the channels are made of.
    Term{"gate", "σ(a) = 1 / (1 + e⁻ᵃ)",
         "A number from 0, closed, to 1, open, that multiplies something else."},
    Term{"peephole", "p ⊙ cₜ₋₁", "A weight that lets a gate see the cell state itself."},
    Term{"bias", "b", "What a unit adds whatever it reads; a high one holds a gate open."},
    Term{"forced gate", "used = scale × raw + shift",
         "A gate whose value is set by a rule instead of by the network; the network still says what it "
         "wanted."},
    // Training and measures.
    Term{"loss", "−log₂ p(next character)", "How surprised the network was by what came, in bits."},
    Term{"bits per character", "mean of −log₂ p(next character)",
         "The loss averaged over characters: 0 is certainty, log₂ of the alphabet's size is guessing."},
    Term{"gradient", "∂L/∂hₜ", "How much the loss would change if this state were a little different."},
    Term{"gradient norm", "‖∂L/∂hₜ‖",
         "The length of the gradient over all units: how strongly a step can still be blamed."},
    Term{"gradient reach", "‖∂L/∂hₜ₋ₖ‖ < ‖∂L/∂hₜ‖ / 1000",
         "How many steps back the gradient goes before only a thousandth of it is left."},
    Term{"clip by global norm", "g ← g × min(1, clip / ‖g‖)",
         "Shortens a gradient that is too long and leaves its direction as it is."},
    Term{"truncated backpropagation through time", "∂L/∂hₜ for the last T steps",
         "The gradient goes back a fixed number of steps and no further."},
    Term{"learning rate", "w ← w − rate × g", "How far one update moves the weights."},
    Term{"saturation", "σ(a) < 0.1 or σ(a) > 0.9",
         "A gate that is all but closed or all but open hardly reacts to its input, and hardly learns."},
    Term{"held out", "loss on data that is never learnt",
         "The loss on a part of the data kept aside: whether the models learnt the rule, or only the data by "
         "heart."},
    Term{"memory left", "‖Π Kₜ ⊙ m‖ / ‖m‖",
         "The share of an old memory that the keep gates have let through; what is written anew does not "
         "count."},
    Term{"std", "√mean((x − mean x)²)", "Standard deviation: how far values usually lie from their mean."},
    Term{"share", "part / whole", "How much of a whole something is: 0 is nothing of it, 1 is all."},
    Term{"relative step", "|Δx| / std x",
         "How far a state moves in one step, set against how far it ever goes: a memory moves little."},
    Term{"saliency", "‖∂L/∂xₜ‖",
         "How much the loss would change if this character were a little another one."},
    Term{"natural", "what the network does without rules",
         "How the same network reads the same text where nothing is forced."},
    // Of the experiment.
    Term{"task", "data → expected", "What the models read, and what they are to tell from it."},
    Term{"scaling", "x → (x − mean) / deviation",
         "What is read in place of a value, of its logarithm, or of its change since the row before, fitted "
         "to what is learnt."},
    Term{"seed", "seed → all random numbers",
         "The number that all random numbers follow from: the same seed gives the same run."},
    Term{"units", "h = (h₁ … h_H)", "Numbers in a layer’s hidden state: how much it can hold at once."},
    Term{"layers", "x of layer 2 = h of layer 1", "Each layer reads the hidden states of the one below it."},
    Term{"keep-gate bias", "σ(a + b)",
         "Where the bias of the gate that keeps begins: above 0 the gate starts open and keeps the state "
         "(Gers 2000)."},
    Term{"chrono lag", "b = log U(1, T − 1)",
         "Biases that let memories last up to so many steps from the start (Tallec and Ollivier 2018); 0: "
         "off."},
    Term{"recurrent gain", "U ← gain × U",
         "A factor on the recurrent weights at the start, by which the gradient’s way back is multiplied "
         "again "
         "and again."},
    Term{"both directions", "hₜ = [forward hₜ, backward hₜ]",
         "The model reads the text forward and backward; such a model cannot write."},
    Term{"attention", "αₜ = softmax(score(s, h)), cₜ = Σ αₜⱼ hⱼ",
         "At each step of the target the decoder looks at every character of the source, in shares α."},
    Term{"input feeding", "xₜ = [E yₜ, zₜ₋₁]",
         "What the step before attended to joins the decoder's next input (Luong and others 2015)."},
    Term{"embedding", "E y", "How many numbers stand for a character that is read; they are learnt."},
    Term{"memory decay", "mₜ = Kₜ ⊙ mₜ₋₁ + wₜ uₜ",
         "What of the matrix is kept at a step: all of it, a share a head, or a share for every key."},
    Term{"delta rule", "uₜ = vₜ − what kₜ finds",
         "What is written replaces what the key finds in the memory, where adding would mix both."},
    Term{"normaliser", "hₜ = mₜ qₜ / max(|nₜ qₜ|, 1)",
         "What is read is divided by what a memory of ones would have told, so that it is a mean."},
    Term{"token shift", "μ ⊙ xₜ + (1 − μ) ⊙ xₜ₋₁",
         "Before the cell each input is mixed with the one before it, in shares that are learnt."},
    Term{"convolution", "SiLU(Σ κₖ xₜ₋ₖ + β)",
         "Before the cell the input is a weighted sum over the last so many steps; 0: off."},
    Term{"norm", "α ⊙ x / √mean x²", "Before all else the input is divided by its root mean square."},
    Term{"head norm", "γ ⊙ (h − mean h) / std h",
         "What leaves the cell has every head at mean 0 and standard deviation 1."},
    Term{"projection", "M h", "What leaves the cell is mixed by one more matrix."},
    Term{"width", "M h, (E)",
         "How many numbers the projection gives to the next layer; 0: as many as units."},
    Term{"state size", "m = (m₁ … m_N)",
         "How many memories a unit has beside each other; 0: as many as the cell has by itself."},
    Term{"last norm", "γ ⊙ h / √mean h²",
         "What leaves the stack is brought to one size before the read-out; as a layer norm to mean 0, too."},
    Term{"residual", "x + layer(x)",
         "What enters a layer is added to what it gives, where both have as many numbers; not in both "
         "directions."},
    Term{"block", "x + layer(norm(x))",
         "A cell with what the papers put around it: norm, convolution or token shift, gate, projection, and "
         "the input added."},
    Term{"heads", "U = diag(U₁ … Uₙ)",
         "Groups of units that recurrent weights connect within themselves alone, or that share keys, "
         "queries and "
         "gates; a divisor of the units."},
    Term{"dropout", "h ⊙ mask / (1 − rate)",
         "The share of what goes from layer to layer that is left out by chance while learning."},
    Term{"layer norm", "(x − mean x) / std x",
         "Brings a layer’s numbers to mean 0 and standard deviation 1; with one head the head norm does it."},
    Term{"optimizer", "w ← w − step(g)",
         "How an update follows from the gradient: Adam and RMSprop scale each weight’s step, SGD does not."},
    Term{"weight decay", "w ← w − rate × decay × w",
         "Every update draws the weights towards 0 by this much; biases and time constants are spared."},
    Term{"batch", "g = mean of B gradients",
         "Sequences that are learnt side by side; an update follows their mean gradient."},
    Term{"update", "w ← w − rate × g", "One change of all weights, after a batch was read."},
    Term{"rule", "[LAYER.]CHANNEL[UNITS][@STEPS]=VALUE",
         "f[3,5-9]@10-20=0 closes f of units 3 and 5 to 9 at steps 10 to 20; what is left out means all."},
    Term{"read-out", "softmax(W h + b)",
         "Turns the hidden state into a probability for every next character."},
};

}  // namespace

std::span<const Term> all_terms() {
  return kTerms;
}

const Term* find_term(std::string_view name) {
  for (const Term& term : kTerms)
    if (term.name == name) return &term;
  return nullptr;
}

std::string explain(std::string_view name) {
  const Term* term = find_term(name);
  return term ? std::string(term->equation) + "\n" + std::string(term->sentence) : "";
}

std::string explain(const nn::CellInfo& cell, int channel) {
  const Term* term = find_term(cell.channels[channel].name);
  const std::string equation = equation_of(cell, channel);
  if (!term) return equation;
  return (equation.empty() ? "" : equation + "\n") + std::string(term->sentence);
}

}  // namespace gatescope::analysis
