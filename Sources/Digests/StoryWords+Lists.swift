// Word lists of the story words. Roots, as `StoryWords.root(of:)` makes them, unless it says otherwise.

extension StoryWords {
    /// Whole words that tell no event.
    static let silent: Set<String> = Set(
        """
        a an the of to in on for and at by with from as is are was were be been has have had it its that this will would \
        after over into not but he she they his her their said says say who which more than out up about new also first \
        last could may can how what why when where off amid against under between before during while there i you we our \
        your my me him them no so if or just all some most many much per via vs
        """.split(separator: " ").map(String.init))

    /// Whole words and the country they stand for.
    static let nationalities = """
        pakistani:pakistan pakistanis:pakistan pak:pakistan indian:india indians:india american:us americans:us america:us \
        usa:us afghan:afghanistan afghans:afghanistan chinese:china iranian:iran iranians:iran russian:russia \
        russians:russia ukrainian:ukraine israeli:israel israelis:israel lebanese:lebanon british:uk britain:uk \
        turkish:turkey turkiye:turkey swedish:sweden french:france german:germany korean:korea bangladeshi:bangladesh \
        bangladeshis:bangladesh iraqi:iraq palestinian:palestine palestinians:palestine emirati:uae qatari:qatar \
        uzbek:uzbekistan tajik:tajikistan kashmiri:kashmir punjabi:punjab baloch:balochistan croatian:croatia \
        croats:croatia cuban:cuba cubans:cuba nigerian:nigeria nigerians:nigeria dutch:netherlands spanish:spain \
        italian:italy japanese:japan thai:thailand vietnamese:vietnam filipino:philippines philippine:philippines \
        egyptian:egypt egyptians:egypt syrian:syria syrians:syria saudis:saudi yemeni:yemen canadian:canada \
        canadians:canada mexican:mexico mexicans:mexico brazilian:brazil cambodian:cambodia malaysian:malaysia \
        indonesian:indonesia burmese:myanmar nepali:nepal nepalese:nepal lankan:lanka polish:poland hungarian:hungary \
        romanian:romania serbian:serbia greek:greece norwegian:norway danish:denmark finnish:finland swiss:switzerland \
        austrian:austria belgian:belgium colombian:colombia venezuelan:venezuela venezuelans:venezuela \
        argentine:argentina peruvian:peru chilean:chile kenyan:kenya somali:somalia sudanese:sudan libyan:libya \
        algerian:algeria moroccan:morocco tunisian:tunisia ethiopian:ethiopia kazakh:kazakhstan kyrgyz:kyrgyzstan \
        turkmen:turkmenistan armenian:armenia azerbaijani:azerbaijan georgian:georgia kuwaiti:kuwait bahraini:bahrain \
        omani:oman jordanian:jordan turks:turkey swedes:sweden irish:ireland scottish:scotland \
        welsh:wales australian:australia australians:australia congolese:congo ugandan:uganda ghanaian:ghana \
        rwandan:rwanda bulgarian:bulgaria czech:czechia slovak:slovakia albanian:albania bosnian:bosnia \
        european:europe europeans:europe african:africa asian:asia
        """

    /// Whole words for the capitals that reporters put for a government, and other spellings of one name or word.
    static let metonyms = """
        islamabad:pakistan washington:us pentagon:us tehran:iran moscow:russia kremlin:russia beijing:china \
        kabul:afghanistan kyiv:ukraine kiev:ukraine seoul:korea pyongyang:korea tokyo:japan ankara:turkey \
        riyadh:saudi delhi:india zelenskiy:zelensky zelenskyy:zelensky centre:center defence:defens labour:labor \
        programme:program
        """

    /// Words that reporters put for one another; each group under its first.
    static let synonymGroups = """
        kill die dead death killing dying fatal slain murder slay;arrest detain custody jail imprison held capture;\
        attack strike raid bomb bombing assault airstrike hit;talk negotiat negotiation dialogue meeting meet summit;\
        ban bar suspend prohibit;sue lawsuit suit;buy acquire purchase;resign quit;elect election poll vote;\
        injure wound hurt;warn warning caution;deport expel repatriat repatriation;truce ceasefire cessation;\
        deal accord agreement pact treaty;tariff duty levy;sanction penalty;probe investigat investigation inquiry;\
        judge court verdict rul ruling tribunal;reject refus denounce dismiss;approve endors ok clear;\
        import shipment cargo;firm company;boost increas rise jump surge grow;cut reduc slash lower eas;\
        pm premier minister;ex former;launch start begin began begun unveil debut;help aid assist;\
        troop force army military;militant terrorist insurgent gunman;drone uav;missile rocket;\
        protest demonstrat rally;kid child children;student pupil;cop police;fire blaze;flood deluge;quake earthquake;\
        plane aircraft jet;ship vessel boat tanker;chief head leader boss;envoy ambassador;trump potus;loan credit;\
        fund money cash;mineral mine mining
        """

    static let everywhere = """
        attack boost chief country deal india iran kill launch pakistan peopl plan pm president report reuter russia stat talk \
        troop trump unit us war world year
        """

    static let frequent = """
        acros afghanistan agency announc around arrest back being biden billion brief call case chang china city claim clos come \
        conflict continu cop crisi cut data day days despit down east economic elect end energy even ex expect face firm follow \
        foreign fuel fund get global government group help here high home hous includ injur international israel issu judg korea \
        latest like live long made make market media member middl million missil monday month nation national need news next now \
        nuclear official oil old only open order other part party peac power pres pric prim read region releas remain right \
        sanction secretary security see seek servic set shar ship show sign sinc sourc south supply support system take test \
        through thursday time today top trad tuesday uk ukrain un visit want warn washington wednesday week work
        """

    static let common = """
        accus act action addres administration advanc africa again ago agre ahead air allow ally along among another any appear \
        approv area armed arriv asia attempt authority ban bank based becaus becom behind believ best better beyond big bill block \
        board border both break bring build busines came campaign capital carry caus center centr central challeng charg comment \
        community concern condition confirm congres consider control cooperation cost council creat damag decid decision defenc \
        defens delhi demand department deputy describ detail develop development did diplomat diplomatic director discus document \
        does each earlier early economy effort emergency ensur enter envoy europ european event ever every executiv expert export \
        fact fail fall family far fear federal few fight final financial find fire food found free friday full further futur gas \
        general give go going good govt growth half hand health history hold hope host hour human impact impos incident industry \
        information intelligenc interest investment involv islamabad job join joint keep key know known land larg largest late law \
        lead least leav led left level life limit link list little local look low major making man march mark matter mean measur \
        men met militant ministry mission move must near nearly network never night north note number offer offic officer once \
        operation opposition own partner pass past plac play point policy political possibl potential presidential pressur privat \
        problem produc product production program project protest provid public publish push question rais rate reach receiv recent \
        record regional reject relat relation request research respons result return reveal review risk role rule run same saturday \
        scal school sea sector secur send senior seven several should side site situation small social speak special staf stand \
        statement step still stop story strategic street strong such sunday suspect taken target tariff team technology tell tension \
        thank then thes thing think thousand threat threaten ties told too took total toward travel truc turn until updat use used \
        using very victory view watch water way weapon weekend well west western whether win within without woman women worker yet \
        york young
        """
}
