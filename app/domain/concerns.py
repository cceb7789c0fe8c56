"""What has to reach a person whatever else is asked: read by its words, since it often stands inside another request.

A question about a parcel stays one when "or you hear from my lawyer" is added, so the classifier of requests is not
asked here. The patterns would rather find too much than too little: what is found costs a colleague a look, what is
missed may cost a customer more. One clause is read at a time, so that a "not" counts for its own clause only.
"""

import re
from enum import StrEnum


class Concern(StrEnum):
    """Why a person has to see a message."""

    PERSON = "person"
    """She asks for one."""
    LEGAL = "legal"
    """A lawyer, a court, a chargeback, an authority, the press."""
    DANGER = "danger"
    """A product hurt somebody, or could: injury, fire, smoke, an allergic reaction."""
    EMERGENCY = "emergency"
    """A life may be at stake: somebody collapses, or may harm herself."""
    SECURITY = "security"
    """A card, an account or data in other hands."""


def concerns_in(text: str) -> frozenset[Concern]:
    """Every concern that the words show."""
    clauses = _CLAUSES.split(text.replace("\u2019", "'"))
    return frozenset(concern for concern in Concern if any(_shows(clause, concern) for clause in clauses))


def asks_for_person(text: str) -> bool:
    """Whether the words ask for a person: "speak with an operator", "have someone look at it", "no bots please"."""
    return Concern.PERSON in concerns_in(text)


def _shows(clause: str, concern: Concern) -> bool:
    shown, but_not = _PATTERNS[concern]
    if concern is Concern.PERSON and _NO_BOT.search(clause):
        return True
    return shown.search(clause) is not None and but_not.search(clause) is None


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


_CLAUSES = re.compile(
    r"[.!?;:\n]+(?:\s|$)|,|\s(?:but|so|and|or|because|otherwise)\s|(?<!one)(?<!body)(?<!who)(?<!thing)\selse\s"
)

# A person. Some words come in the spellings that people in a hurry use.
_STAFF = (
    r"(?<!one )(?<!two )(?<!three )(?<!four )(?<!-)"  # "a two person tent"
    r"(?:(?:real|live|human|actual|proper|senior|responsible|other|another|customer|service|support|care|sales|"
    r"shop) +)*"
    r"(?:(?:person|persn|preson|human|humm?[ae]n|hooman|operator|oparator|representative|rep|agent|agant|agne?t|"
    r"manager|"
    r"manger|advis[eo]r|supervi[sz][eo]r|colleague|employee|executive|(?:staff|team) member|(?:live|real|"
    r"human) a\w{3,5})s?"
    r"|human being|(?:one|some|member|somebody|someone) (?:of|from) (?:the |your )?(?:\w+ )?(?:colleagues|staff|"
    r"people|team))"
    r"\b(?!'s)"
)
_THE = r"(?:an? |the |your |any |some )"
_SOMEBODY = (
    rf"(?:{_THE}?{_STAFF}|\b(?:some ?(?:one|body)|somone|some1|sombody|any ?(?:one|body)|(?:real |actual )?people|"
    r"a real one)\b)"
)
_TALK = (
    r"(?<!was )(?<!been )(?<!were )(?<!nice )(?<!\ba )(?<!the )"  # she had one, or means the window she writes in
    r"\b(?:talk|tlak|speak|speek|spk|chat|have a word)(?:ing)?\b"
)
_LOOK = (
    r"(?:look|check|review|handle|deal|decide|sort|see|read|go over|take (?:over|care|a look|it from)|answer|"
    r"reply|respond|"
    r"step in|call|ring|phone|contact|write|get (?:back|in touch)|join|help|assist|investigate)s?\b"
)
_CAN = r"\b(?:can|could|would|may|will|should|must)"
_PERSON = _any(
    rf"{_TALK}.{{0,25}}{_SOMEBODY}",
    rf"\b(?:connect|transfer|contact|reach|forward|switch|escalate)(?:ing)?\b.{{0,30}}\b{_STAFF}",
    rf"\b(?:put|pass|hand) (?:me|this|it|us)\b.{{0,25}}\bto {_SOMEBODY}|\bput me (?:through|thru)\b|\b(?:connect|"
    rf"trans?fer) me\b",
    rf"\b(?:want|need|prefer|rather have|demand|insist on|get|give|find|fetch|send) (?:me )?(?:to have |"
    rf"to get )?{_THE}?{_STAFF}"
    r"(?! (?:who|that|at)\b)",
    rf"\b(?:let|have|get|want|need|make|like|prefer) {_SOMEBODY}(?: \w+)? (?:to )?(?:please |properly |"
    rf"really )*{_LOOK}",
    rf"{_CAN} {_THE}?{_STAFF}(?: please)? {_LOOK}",
    rf"{_CAN} {_SOMEBODY}.{{0,25}}\btake (?:over|it from here)\b|\b(?:flesh and blood|hear a (?:human )?voice)\b",
    rf"\b(?:looked at|checked|reviewed|handled|decided|seen|read|dealt with|answered|"
    rf"sorted)\b.{{0,20}}\bby {_SOMEBODY}",
    rf"\b{_STAFF} (?:to|should|must|needs to|has to|ought to) (?:please )?{_LOOK}",
    rf"\bis there (?:not )?{_THE}?(?:no )?{_STAFF}|\bis (?:any|some) ?(?:one|body) (?:real|human)\b",
    r"\b(?:need|want|get me|give me) some ?(?:one|body) (?:real|alive|who (?:can|is)|who's|in charge|responsible|"
    r"with)\b",
    r"\bescalate (?:this|it|my|the)\b|\b(?:for|request|want|need|arrange) (?:a )?call ?back\b",
    r"\b(?:please|(?:can|could|would|will) you|(?:some|any) ?(?:one|body)|have you|you to)(?: please|"
    r" to)? (?:call|ring|phone) me\b"
    r"(?! (?-i:[A-Z]))|^\W*(?:call|ring|phone) me(?: back)?\W*$",
    rf"^\W*(?:please )?{_THE}?{_STAFF}(?:[\s,]*(?:please|now|asap|pls))*\W*$",
)
_NO_PERSON = _any(
    r"\b(?:do not|don't|does not|doesn't|did not|didn't|would not|wouldn't|won't|will not|no longer) "
    r"(?:really |even |actually |yet |just )*(?:need|want|wish|have|like|care|mind)\b",
    r"\bno need\b|\bneed ?n[o']t\b|\bwithout \w+ing\b|\brather not\b|\bnot (?:asking|looking|trying) ",
    r"\binstead of (?:talking|speaking|chatting|calling|waiting)\b|\bno (?:person|human|agent|operator|callback)\b",
    r"\b(?:what|which|when|until when)\b.{0,40}\b(?:number|hours|times?|days?|address|line|open)\b|\bwhen can i\b",
)
"""She wants none, or asks for a number or the hours."""
_BOT = r"(?:an? |the |this |these |your )?(?:stupid |dumb |automated )?(?:(?:ro|chat)?bots?|machines?|computers?|ai)\b"
_NO_BOT = _any(
    rf"\b(?:not|no|no more|enough of|sick of|tired of|fed up with|stop|instead of|rather than)"
    rf"(?: (?:talk|speak|chat|writ|deal)\w*)?(?: to| with)? {_BOT}",
    rf"\b(?:do not|don't|won't|will not|refuse to|hate) (?:want |like |wish )?(?:to )?(?:be )?"
    rf"(?:(?:talk|speak|chat|deal|writ|answer)\w* )?(?:(?:to|with|by) )?{_BOT}",
)
"""Who wants no bot wants a person."""

_LEGAL = _any(
    r"\b(?:lawyer|solicitor|attorney|barrister|law firm)s?\b",
    r"\blegal (?:action|steps|proceedings|advice|advis[eo]rs?|counsel|team|help|claim|route|aid|insurance|"
    r"remed\w+|consequences|"
    r"rights|representation)\b|\blegally\b|\bformal notice\b|\bletter before action\b|\bsection 75\b|\barbitration\b",
    r"\b(?:small claims|lawsuit|litigation|class action|county court|court (?:action|case|claim|order|proceedings))\b|"
    r"\b(?:to|in|before) (?:the )?court\b(?! (?:street|road|lane|avenue|shoes?|house|yard))|"
    r"\bbreach of (?:contract|the law)\b",
    r"\bsu(?:e|ing) (?:you|your|the|them|larkfield|over)\b|\b(?:will|going to|gonna|can|could|to) (?-i:sue)\b",
    r"\bchargebacks?\b|\b(?:raise|start|file|open|make|request|initiate|submit)\w* (?:a |an |the )?charge back\b",
    r"\bdisput(?:e|ing)\b.{0,40}\b(?:bank|card|paypal|visa|mastercard|amex|charge|transaction)\b",
    r"\b(?:bank|card (?:company|provider|issuer)|credit card|paypal|visa|mastercard|amex)\b.{0,30}"
    r"\b(?:reverse|claw|pull|take|get|recover)\w*\b.{0,25}\b(?:payment|money|charge|it|back)\b",
    r"\b(?:trading standards|ombuds\w+|watchdog|regulators?|better business bureau|bbb|ftc|attorney general|"
    r"citizens advice|"
    r"data protection (?:authority|office|commissioner)|information commissioner|advertising standards|"
    r"consumer (?:protection|rights|watchdog|council|affairs|advice|association|organi[sz]ation|cent(?:re|er)|"
    r"bureau|agency|"
    r"forum|court))\b",
    r"\b(?:report|complain|complaint|take|turn|notify|inform|contact|tell|go)\w*\b.{0,40}"
    r"\b(?:authorit(?:y|ies)|police|government|tax office|fraud (?:office|squad|department))\b",
    r"\b(?:go|going|talk|speak|write|turn|tell|call|contact|inform|take (?:this|it))(?:ing)? (?:to )?(?:the |a )?"
    r"(?:local |national )?(?:press|media|papers|newspapers?|journalists?|reporters?|tv(?: station)?)\b",
)
_NO_LEGAL = _any(
    r"\bi(?: am|'m) an? (?:\w+ )?(?:lawyer|solicitor|attorney|barrister)\b",
    r"\b(?:lawyer|solicitor|attorney)s?(?:'s)? (?:costume|bag|briefcase|friend|talk|speak|office|address)\b",
)

_HURT = (
    r"(?:burn(?:ed|t)|scalded|injured|hurt|hirt|electrocuted|poisoned|bruised|shocked|stabbed|blinded|choked|wounded)"
)
_BODY = r"(?:face|eyes?|skin|lips?|hands?|throat|tongue|arms?|legs?|feet|foot|fingers?|mouth)"
_CHILD = (
    r"(?:child|kid|baby|son|daughter|toddler|grandson|granddaughter|wife|husband|mother|father|mum|mom|dad|dog|cat)s?"
)
_DANGER = _any(
    rf"\b(?:{_HURT}|burns|hurts|cut|cuts|killed) (?:me|my|myself|him|himself|her|herself|his|our|us|someone|somebody)\b"
    r"(?! (?:order|off|wallet|feelings|budget|name|finances|trust|hair|down|a deal))",
    rf"\b(?:i|she|he|we|they|(?:my|our|the|a) {_CHILD}) (?:\w+ )?(?:(?:got|was|were|is|been|am) )?(?:\w+ )?{_HURT}\b",
    rf"\b{_BODY} (?:\w+ ){{0,2}}(?:swelled|swollen|swelling|burn(?:s|ed|ing|t)?|itch\w*|bleed\w*)\b|\bdegree burns?\b",
    r"\belectric(?:al)? shock|\b(?:got|had|gave (?:me|him|her|us)) (?:a |an )?(?:\w+ )?(?:shock|zap)\b",
    r"\b(?:caught|catch(?:es|ing)?|on|set|sets) fire\b(?! sale)|\bburst into flames|\bin flames\b|"
    r"\bwent up in (?:flames|smoke)|"
    r"\bburn(?:ed|t)? (?:\w+ )?(?:house|kitchen|flat|table|carpet|worktop|curtains?)\b|\bburn marks?\b|"
    r"\bflames? (?:came|shot)",
    r"\bsmok(?:e|ing) (?:is|was|came|comes|coming|poured|pouring|started|rising|out)\b|\b(?:full of|saw|black|"
    r"white) smoke\b|"
    r"\b(?:start(?:ed|s)?|began|begins|is|was) (?:to )?smok(?:e|ing)\b|\b(?:exploded|explosion|blew up|sparks|"
    r"sparked|sparking)\b",
    r"\b(?:melted|overheat(?:ed|s|ing)|short[- ]circuit\w*)\b|\bdangerous\b|\bfumes\b|\b(?:nearly|almost) killed\b|"
    r"\b(?:gas|acid|fuel) (?:\w+ )?leak\w*|\bleak\w* (?:gas|fuel|acid)\b|\bcarbon monoxide\b|"
    r"\b(?:batter(?:y|ies)|power ?bank)\b.{0,20}\b(?:swell\w*|swollen|bloat\w*|hiss\w*|leak\w*)\b",
    r"\b(?:burn(?:ing|t)?|smoke|gas|electrical) (?:plastic )?smell\b|"
    r"\bsmell(?:s|ed|ing)? (?:\w+ )?(?:like |of )?(?:\w+ )?(?:burn(?:t|ing|ed)|smoke|gas)\b",
    r"\ballergic reaction|\banaphyla\w+|\b(?:a|bad|nasty|red|itchy|skin) rash\b(?! decision)|\bhives\b|"
    r"\bblister(?:s|ed)\b|"
    r"\b(?:choked|choking|swallowed|bleeding|bled|food poisoning|chemical burns?|injury|injuries)\b",
    r"\b(?:went|go|taken|rushed|brought|ended up|had|is|was|were|now) (?:\w+ ){0,2}(?:in|to|at) (?:the )?"
    r"(?:hospital|emergency room|a&e|casualty)\b|\b(?:needed|got|had) (?:\w+ )?stitches\b",
)
_NO_DANGER = _any(
    r"\b(?:can|could|may|might|will|would|does|do|if|in case|is|are) (?:it|this|they|that|these|(?:the|a|"
    r"your) \w+)\b.{0,30}"
    r"\b(?:catch fire|allergic reaction|overheat|explode|spark)\b",
    r"\b(?:chocolate|cheese|snow|butter|ice cream)\b.{0,15}\bmelt\w*|\bmelt\w*\b.{0,15}\b(?:chocolate|cheese|snow|"
    r"butter|heart)",
)
"""What could happen, asked before buying; and what melts in a kitchen."""

_EMERGENCY = _any(
    r"\bkill(?:ing)? my ?self\b|\bsuicid\w+|\bend(?:ing)? (?:my life|it all)\b|\btak(?:e|ing) my own life\b|"
    r"\bself[- ]?harm\w*|"
    r"\b(?:hurt|hurting|harm|harming|cutting) myself\b(?! (?:on|with|when|while|opening))|\bwant to die\b(?! for)",
    r"\b(?:do not|don't) want to (?:live|be alive|be here) any|\b(?:no|any) (?:reason|point) (?:to|in) liv(?:e|ing)\b|"
    r"\bbetter off dead\b|\bwish i (?:was|were) dead\b|\bpoint (?:in|of) going on\b|\bpanic attack\b|"
    r"\bi'?m (?:\w+ )?depressed\b",
    r"\b(?:can't|cannot|can not|struggl\w+ to|trouble|stopped|not) breath(?:e|ing)\b(?! in (?:them|it|these|this))|"
    r"\b(?:seizure|unconscious|passed out|not waking up|medical emergency|ambulance)\b|\boverdos\w+|\bheart attack\b|"
    r"\bcollapsed (?:on|at|after|and)\b",
)
_NO_EMERGENCY = _any(
    r"\b(?:gave me|nearly had|almost had) a heart attack\b|\b(?:tent|chair|bed|shelf|table|stool) (?:\w+ )?collapsed\b"
)

_MINE = (
    r"my (?:\w+ )?(?:cards?(?: (?:details|data|numbers?))?|account|identity|log ?in|password|details|"
    r"(?:personal )?data|e-?mail)"
)
_OTHERS = r"(?:some(?:one|body) else|(?:an)?other (?:customer|person|people)|a stranger)(?:'s|s')?"
_SECURITY = _any(
    rf"\b{_MINE} (?:\w+ )?(?:was|were|has been|have been|is|are|got|been) (?:\w+ )?"
    r"(?:stolen|hacked|compromised|cloned|breached|skimmed|leaked|misused|taken over|sold)\b",
    rf"\b(?:stole|hacked|cloned|leaked|misused) (?:into )?{_MINE}\b(?! (?:reader|holder|case|game))",
    rf"\b(?:someone|somebody|a stranger|strangers|who)\b.{{0,30}}\b(?:us(?:ed|es|ing)|access\w*|into|ordered|"
    rf"bought|paid|chang\w+)\b"
    rf".{{0,20}}\b{_MINE}\b",
    r"\bhack(?:ed|ers?|ing)\b|\bunauthori[sz]ed\b|\bidentity theft\b|\bphish\w+|\bfraud(?:ulent\w*|sters?)?\b|"
    r"\bscamm?(?:ed|ers?)\b|"
    r"\b(?:data|privacy|security) (?:breach|leak|theft)\b",
    r"\b(?:charged?|payment|order|purchase|transaction|withdrawal|debit)s?\b.{0,25}\b(?:i|we) (?:did not|didn't|never) "
    r"(?:make|made|place|placed|authori[sz]ed?|approved?|recogni[sz]ed?)\b",
    r"\b(?:do not|don't) recogni[sz]e (?:this|a|the|these|that) (?:\w+ )?(?:charge|payment|order|purchase|"
    r"transaction|login|device)",
    rf"\b(?:see|saw|seeing|shows?|showing|got|get|received|sent me|have)\b.{{0,20}}\b{_OTHERS} (?:\w+ )?"
    r"(?:address\w*|account|data|details|name|invoices?|e-?mails?|information|card|phone)",
)
_NO_SECURITY = _any(r"\bhow (?:do|does|is|are|can) \w+ .{0,30}\b(?:protect|prevent|safe|secure|avoid)\w*|\blife ?hack")

_PATTERNS = {
    Concern.PERSON: (_PERSON, _NO_PERSON),
    Concern.LEGAL: (_LEGAL, _NO_LEGAL),
    Concern.DANGER: (_DANGER, _NO_DANGER),
    Concern.EMERGENCY: (_EMERGENCY, _NO_EMERGENCY),
    Concern.SECURITY: (_SECURITY, _NO_SECURITY),
}
"""What shows a concern, and what in the same clause says that it is none."""
