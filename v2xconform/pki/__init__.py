"""The PKI floor: recipe -> keys, chains and OCSP responses; chains of others -> issues.

``issue(load_recipe("iso15118-20-p521"), now).credential("secc", "expired")`` is what an emulator presents;
``validate_chain(chain, pki.anchors("v2g"), now, "iso15118-20-secc")`` is how a presented chain is judged.
"""

from v2xconform.pki.issuing import Credential, Pki, issue
from v2xconform.pki.profiles import PROFILES, Profile
from v2xconform.pki.recipe import Recipe
from v2xconform.pki.recipe_file import RecipeError, load_recipe, recipes
from v2xconform.pki.revocation import check_staple
from v2xconform.pki.validation import CODES, PkiIssue, validate_chain

__all__ = [
    "CODES",
    "PROFILES",
    "Credential",
    "Pki",
    "PkiIssue",
    "Profile",
    "Recipe",
    "RecipeError",
    "check_staple",
    "issue",
    "load_recipe",
    "recipes",
    "validate_chain",
]
