package corpus

// Lists that gofakeit has not, or not in this form. Where an order matters the most frequent comes first.
var (
	Domains = Pool{
		"example.com", "example.org", "example.net", "mail.example.com", "post.example.org", "inbox.example.net",
		"team.example.com", "work.example.org", "home.example.net",
	}
	Hosts = Pool{
		"www.example.com", "example.org", "blog.example.net", "shop.example.com", "docs.example.org", "api.example.com",
		"cdn.example.net", "news.example.org", "static.example.com", "app.example.net",
	}
	CompanySuffixes = Pool{"Ltd", "Inc", "Group", "LLC", "and Sons", "Partners", "Labs", "GmbH", "Systems", "Holdings"}
	StreetSuffixes  = Pool{"Street", "Avenue", "Road", "Lane", "Drive", "Way", "Court", "Boulevard"}
	Prefixes        = Pool{"Mr.", "Ms.", "Mrs.", "Dr.", "Prof."}
	Suffixes        = Pool{"Jr.", "Sr.", "II", "III", "PhD", "MD"}
	Genders         = Pool{"female", "male", "non-binary", "unknown"}
	Sexes           = Pool{"f", "m"}
	Roles           = Pool{"member", "user", "editor", "admin", "viewer", "owner", "guest", "manager"}
	Statuses        = Pool{"active", "pending", "completed", "inactive", "cancelled", "failed", "archived"}
	Priorities      = Pool{"normal", "low", "high", "urgent"}
	Severities      = Pool{"info", "warning", "error", "critical", "debug"}
	Levels          = Pool{"info", "debug", "warn", "error", "trace", "fatal"}
	Environments    = Pool{"production", "staging", "development", "test"}
	Visibilities    = Pool{"public", "private", "internal"}
	Methods         = Pool{"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"}
	Events          = Pool{
		"created", "updated", "viewed", "deleted", "signed_in", "signed_out", "exported", "imported", "approved", "rejected",
		"invited", "archived",
	}
	Departments = Pool{
		"Engineering", "Sales", "Marketing", "Support", "Finance", "Human Resources", "Operations", "Legal", "Research", "Design",
		"Purchasing", "Logistics",
	}
	Plans          = Pool{"free", "basic", "pro", "team", "business", "enterprise"}
	Providers      = Pool{"google", "github", "email", "apple", "microsoft", "facebook", "gitlab", "saml"}
	PaymentMethods = Pool{"card", "paypal", "bank_transfer", "invoice", "apple_pay", "cash"}
	CardBrands     = Pool{"visa", "mastercard", "amex", "discover"}
	Units          = Pool{"piece", "kg", "g", "l", "ml", "m", "cm", "box", "pack", "hour"}
	Sizes          = Pool{"M", "L", "S", "XL", "XS", "XXL"}
	Devices        = Pool{"desktop", "mobile", "tablet"}
	Platforms      = Pool{"ios", "android", "web", "windows", "macos", "linux"}
	Browsers       = Pool{"Chrome", "Safari", "Firefox", "Edge", "Opera"}
	MIMETypes      = Pool{
		"image/jpeg", "image/png", "application/pdf", "text/plain", "text/html", "application/json", "image/webp", "video/mp4",
		"text/csv", "application/zip", "audio/mpeg", "application/xml", "image/gif", "image/svg+xml",
	}
	Extensions    = Pool{"jpg", "png", "pdf", "txt", "html", "json", "webp", "mp4", "csv", "zip", "mp3", "xml", "gif", "svg"}
	Locales       = Pool{"en-US", "en-GB", "de-DE", "fr-FR", "es-ES", "it-IT", "pt-BR", "nl-NL", "sv-SE", "pl-PL", "ja-JP", "zh-CN"}
	Languages     = Pool{"en", "de", "fr", "es", "it", "pt", "nl", "sv", "pl", "ja", "zh", "ru", "cs", "da", "fi"}
	LanguageNames = Pool{
		"English", "German", "French", "Spanish", "Italian", "Portuguese", "Dutch", "Swedish", "Polish", "Japanese", "Chinese",
	}
	Currencies = Pool{"USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "SEK", "INR", "BRL", "PLN", "DKK", "NOK", "CNY"}
	UserAgents = Pool{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
		"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
		"Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
		"curl/8.10.1",
	}
	ModelNames = Pool{
		"User", "Post", "Comment", "Order", "Product", "Project", "Account", "Message", "Invoice", "Ticket", "Document", "Event",
	}
	Topics = Pool{
		"billing", "delivery", "account", "security", "performance", "design", "release", "documentation", "training", "planning",
	}
)
