"""The spellings of an Enformer's variable keys, brought to one.

Read alike: the published SavedModel's keys (`model/_stem/_layers/1/_module/_layers/0/_module/offset`, which we write) and those that
`tf.train.Checkpoint(module=model)` gives for DeepMind's code, as the published transfer learning saves it
(`module/_trunk/_layers/0/_layers/1/_module/_layers/0/offset`): there the trunk is one Sequential, and layers stand without wrappers.
"""

VARIABLE_SUFFIX = "/.ATTRIBUTES/VARIABLE_VALUE"
# Places in DeepMind's trunk; place 3 is the crop, which has no variables.
_TRUNK = {"0": "_stem", "1": "_downres", "2": "_transformer", "4": "_final_pointwise"}


def canonical_key(key: str) -> str:
    """A key without TensorFlow's suffix and wrappers (`_module`, `_linear`), under the published names of the trunk's parts."""
    key = key.removesuffix(VARIABLE_SUFFIX)
    parts = key.split("/")
    if parts[0] not in ("model", "module"):
        return key
    parts = [part for part in parts[1:] if part not in ("_module", "_linear")]
    if parts[:2] == ["_trunk", "_layers"] and len(parts) > 2 and parts[2] in _TRUNK:
        parts = [_TRUNK[parts[2]], *parts[3:]]
    return "/".join(["model", *parts])
